/** Commands for hands on keys: from node to node, into one and out of it, links, problems, bookmarks. */
import type { App } from "../app/services";
import { GRID } from "../canvas/measures";
import { follow, moveBy, placed } from "../canvas/useDragging";
import type { Command } from "../commands/registry";
import { framesAround, isFrame } from "../graph/document";
import { centre, type Point } from "../view/geometry";
import { currentNode, elementOf, focusNode, go, goInside } from "./focus";
import type { Direction } from "./neighbours";

const DIRECTIONS: [Direction, key: string, dx: number, dy: number][] = [
  ["left", "ArrowLeft", -1, 0],
  ["right", "ArrowRight", 1, 0],
  ["up", "ArrowUp", 0, -1],
  ["down", "ArrowDown", 0, 1],
];

/** The keyboard is on the canvas, or nowhere in particular. */
function onCanvas(): boolean {
  const { activeElement } = document;
  return (
    activeElement === null || activeElement === document.body || activeElement.closest(".canvas") !== null
  );
}

/** The node whose controls the keyboard is in. */
function insideOf(): string | null {
  const wrapper = document.activeElement?.closest<HTMLElement>(".react-flow__node");
  return wrapper == null || wrapper === document.activeElement ? null : (wrapper.dataset.id ?? null);
}

/** Move what is selected; loops and groups bring what is in them. */
function nudge(app: App, dx: number, dy: number): void {
  const scene = app.scene();
  const held = new Map<string, Point>();
  for (const id of app.view.getState().selection) {
    const rect = scene.byId.get(id)?.rect;
    if (rect !== undefined && !held.has(id)) moveBy(scene, held, id, [rect.x + dx, rect.y + dy]);
  }
  follow(scene, held);
  const { operations } = placed(scene, app.document.document, held);
  if (operations.length > 0) app.document.edit(...operations);
}

/** The open loop nearest to a node, of those that it is not in. */
function nearestLoop(app: App, node: string): string | null {
  const { document } = app.document;
  const { byId } = app.scene();
  const here = byId.get(node);
  if (here === undefined || document.nodes[node] === undefined) return null;
  const [x, y] = centre(here.rect);
  const inside = framesAround(document, node);
  const far = (id: string): number => {
    const rect = byId.get(id)?.rect;
    return rect === undefined
      ? Number.POSITIVE_INFINITY
      : Math.hypot(centre(rect)[0] - x, centre(rect)[1] - y);
  };
  const loops = Object.keys(document.nodes).filter(
    (id) => isFrame(document.nodes[id]) && id !== node && !inside.includes(id),
  );
  return loops.sort((a, b) => far(a) - far(b))[0] ?? null;
}

export const keyboardCommands: Command[] = [
  {
    id: "go.outside",
    title: "Back to the node",
    group: "Go",
    keys: ["Escape"],
    inFields: true,
    hidden: true,
    enabled: () => insideOf() !== null,
    run() {
      const node = insideOf();
      if (node !== null) elementOf(node)?.focus({ preventScroll: true });
    },
  },
  {
    id: "go.inside",
    title: "Into the node",
    group: "Go",
    keys: ["Enter"],
    enabled: (app) => onCanvas() && insideOf() === null && currentNode(app) !== null,
    run(app) {
      const node = currentNode(app);
      if (node !== null) goInside(app, node);
    },
  },
  ...DIRECTIONS.map(
    ([direction, key]): Command => ({
      id: `go.${direction}`,
      title: `To the next node: ${direction}`,
      group: "Go",
      keys: [key],
      enabled: () => onCanvas() && insideOf() === null,
      run: (app) => go(app, direction),
    }),
  ),
  ...DIRECTIONS.map(
    ([direction, key, dx, dy]): Command => ({
      id: `nudge.${direction}`,
      title: `Move ${direction}`,
      group: "Edit",
      keys: [`Shift+${key}`],
      enabled: (app) => onCanvas() && insideOf() === null && currentNode(app) !== null,
      run: (app) => nudge(app, dx * GRID, dy * GRID),
    }),
  ),
  {
    id: "links",
    title: "Links…",
    group: "Node",
    keys: ["l"],
    places: ["node", "frame"],
    enabled: (app) => app.document.document.nodes[currentNode(app) ?? ""] !== undefined,
    run: (app) => app.ui.setState({ links: currentNode(app) }),
  },
  {
    id: "frame.join",
    title: "Put into the nearest loop",
    group: "Node",
    keys: ["Shift+l"],
    places: ["node"],
    enabled: (app) => nearestLoop(app, currentNode(app) ?? "") !== null,
    run(app) {
      const node = currentNode(app);
      const frame = node === null ? null : nearestLoop(app, node);
      if (node !== null && frame !== null) app.document.edit({ op: "set_frame", nodes: [node], frame });
    },
  },
  {
    id: "go.canvas",
    title: "To the canvas",
    group: "Go",
    keys: ["F6"],
    inFields: true,
    run(app) {
      const at = currentNode(app);
      if (at === null) go(app, "right");
      else focusNode(app, at);
    },
  },
];
