/** The keyboard on the canvas: one node has it, the one that is selected; the view follows it. */
import type { App } from "../app/services";
import { titleOf } from "../graph/document";
import { contains, type Point } from "../view/geometry";
import { announce } from "./announce";
import { type Direction, freeSpot, nearest, neighbour } from "./neighbours";

const CARD: Point = [252, 240];
const BESIDE = 76;
const FRAMES = 90; // to wait for what is being drawn

/** The element of a node on the canvas; null while it is not drawn. */
export function elementOf(id: string): HTMLElement | null {
  return document.querySelector(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
}

/** The node that the keyboard is at: of those selected the last. */
export function currentNode(app: App): string | null {
  const { byId } = app.scene();
  return [...app.view.getState().selection].filter((id) => byId.has(id)).at(-1) ?? null;
}

/** Select a node, show it, and give it the keyboard. */
export function focusNode(app: App, id: string): void {
  const node = app.scene().byId.get(id);
  if (node === undefined) return;
  const { selection, far } = app.view.getState();
  if (selection.size !== 1 || !selection.has(id)) app.view.setState({ selection: new Set([id]) });
  app.canvas.current?.reveal(node.rect);
  if (far) announce(app, "look" in node ? titleOf(id, node.look) : node.kind);
  else whenThere(id, (element) => element.focus({ preventScroll: true }));
}

/** Go on to the next node in a direction; from nowhere, to the one in the middle of the view. */
export function go(app: App, direction: Direction): void {
  const { nodes: all, byId } = app.scene();
  const from = currentNode(app);
  const onPoint = from !== null && byId.get(from)?.kind === "reroute";
  const nodes = onPoint ? all : all.filter((one) => one.kind !== "reroute"); // those have the list of links
  const to =
    from === null
      ? nearest(nodes, app.canvas.current?.centre() ?? [0, 0])
      : neighbour(nodes, from, direction);
  if (to !== null) focusNode(app, to);
}

/** Into a node: to the first control of its card, or to the one of an input. */
export function goInside(app: App, id: string, input?: string): void {
  focusNode(app, id);
  const within = input === undefined ? "" : `[data-input="${CSS.escape(input)}"] `;
  whenThere(id, (element) => {
    const controls = element.querySelectorAll<HTMLElement>(CONTROLS.map((one) => within + one).join());
    const first = [...controls].find((one) => one.checkVisibility());
    first?.focus({ preventScroll: true });
  });
}

export const CONTROLS = [
  "input:not(:disabled)",
  "textarea:not(:disabled)",
  "select:not(:disabled)",
  "button:not(:disabled)",
  "a[href]",
];

/** Where a new node is to stand: beside the one that is selected, inside a loop that is; else in the middle, beside loops. */
export function placeForNew(app: App): Point {
  const { nodes, byId } = app.scene();
  const at = currentNode(app);
  const here = at === null ? undefined : byId.get(at);
  const [width, height] = CARD;
  if (here === undefined) {
    const [x, y] = app.canvas.current?.centre() ?? [0, 0];
    const loop = nodes.find((one) => one.kind === "frame" && contains(one.rect, [x, y]));
    const left = loop === undefined ? x - width / 2 : loop.rect.x + loop.rect.width + BESIDE; // not into a loop unasked
    return freeSpot(nodes, [left, y - height / 2], width, height);
  }
  if (here.kind === "frame") {
    const inside = here.members.flatMap((one) => byId.get(one)?.rect ?? []);
    const last = inside.sort((a, b) => a.x + a.width - b.x - b.width).at(-1);
    if (last === undefined) return [here.rect.x + 150, here.rect.y + 76];
    return freeSpot(nodes, [last.x + last.width + BESIDE, last.y], width, height);
  }
  return freeSpot(nodes, [here.rect.x + here.rect.width + BESIDE, here.rect.y], width, height);
}

/** Do something with a node's element as soon as it is drawn and no dialog stands above it. */
function whenThere(id: string, act: (element: HTMLElement) => void, tries = FRAMES): void {
  const element = document.querySelector('[role="dialog"]') === null ? elementOf(id) : null;
  if (element !== null) act(element);
  else if (tries > 0) requestAnimationFrame(() => whenThere(id, act, tries - 1));
}
