/** Reroutes by command: one onto a link, a link through one, a link straight again. */
import { announce } from "../a11y/announce";
import { focusNode } from "../a11y/focus";
import type { App } from "../app/services";
import { joined, others, REROUTE, reroutedAt, straight } from "../canvas/rerouting";
import { bendsOf, curvesOf, middleOf, nearestPart } from "../canvas/routes";
import type { SceneEdge } from "../canvas/scene";
import type { Command } from "../commands/registry";
import type { Point } from "../view/geometry";

/** The links that are meant: of the menu, selected, or under the pointer. */
function links(app: App): SceneEdge[] {
  const { edges } = app.scene();
  const { menu } = app.ui.getState();
  const { selection, link } = app.view.getState();
  if (menu?.edge != null) return edges.filter((one) => one.id === menu.edge);
  const picked = edges.filter((one) => selection.has(`edge:${one.id}`));
  return picked.length > 0 ? picked : edges.filter((one) => one.id === link?.id);
}

/** Put a point on a link, at a place; else in the middle of its longest part. */
export function reroute(app: App, edge: SceneEdge, at: Point | null): void {
  const scene = app.scene();
  const { start, curves } = curvesOf(scene, bendsOf(scene), edge);
  const ends = [start, ...curves.map((one) => one[2])];
  const far = (k: number): number =>
    Math.hypot((ends[k + 1]?.[0] ?? 0) - (ends[k]?.[0] ?? 0), (ends[k + 1]?.[1] ?? 0) - (ends[k]?.[1] ?? 0));
  const longest = curves.reduce((best, _, k) => (far(k) > far(best) ? k : best), 0);
  const where = at === null ? longest : nearestPart(start, curves, at);
  const on = curves[where];
  const place = at ?? (on === undefined ? start : middleOf(ends[where] ?? start, on));
  const { id, operation } = reroutedAt(scene, edge, where, place);
  if (!app.document.edit(operation)) return;
  const node = REROUTE + id;
  app.view.setState({ selection: new Set([node]), link: null });
  announce(app, "Reroute added. Shift and arrows move it, Delete takes it away.");
}

/** The place that a command was asked for at. */
function pointed(app: App): Point | null {
  const { menu } = app.ui.getState();
  if (menu?.edge != null) return menu.canvas;
  const { link } = app.view.getState();
  const [edge] = links(app);
  return link === null || link.id !== edge?.id ? null : (app.canvas.current?.toCanvas(link.screen) ?? null);
}

function chosenPoint(app: App): string | null {
  const points = [...app.view.getState().selection].filter((id) => id.startsWith(REROUTE));
  return points.length === 1 ? (points[0] as string) : null;
}

/** Selected links that could pass the selected point, and do not. */
function joinable(app: App): SceneEdge[] {
  const point = chosenPoint(app);
  return point === null ? [] : others(app.scene(), links(app), point);
}

export const rerouteCommands: Command[] = [
  {
    id: "reroute.add",
    title: "Add a reroute to the link",
    group: "Link",
    keys: ["r"],
    places: ["edge"],
    enabled: (app) => links(app).length === 1,
    run(app) {
      const [edge] = links(app);
      if (edge !== undefined) reroute(app, edge, pointed(app));
      const [id] = app.view.getState().selection;
      if (id?.startsWith(REROUTE)) focusNode(app, id);
    },
  },
  {
    id: "reroute.join",
    title: "Lead the link through the selected reroute",
    group: "Link",
    keys: ["Shift+r"],
    places: ["edge"],
    enabled: (app) => joinable(app).length > 0,
    run(app) {
      const point = chosenPoint(app);
      if (point !== null) app.document.edit(...joined(app.document.document, joinable(app), point));
    },
  },
  {
    id: "reroute.straight",
    title: "Take all reroutes out of the link",
    group: "Link",
    places: ["edge"],
    enabled: (app) => links(app).some((one) => one.through.length > 0),
    run(app) {
      const { document } = app.document;
      const [edge] = links(app).filter((one) => one.through.length > 0);
      if (edge !== undefined) app.document.edit(...straight(document, edge));
    },
  },
];
