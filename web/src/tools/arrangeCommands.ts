/** Lining up what is selected. A loop or a group takes along what is in it. */
import type { App } from "../app/services";
import { follow, moveBy, placed } from "../canvas/useDragging";
import type { Command } from "../commands/registry";
import { framesAround } from "../graph/document";
import type { Point, Rect } from "../view/geometry";
import { type Alignment, type Axis, aligned, distributed } from "./align";

/** What is selected and is moved by itself: not what is in a loop or a group that is selected too. */
export function movable(app: App): Map<string, Rect> {
  const { selection } = app.view.getState();
  const scene = app.scene();
  const carried = new Set<string>();
  for (const id of selection) {
    const node = scene.byId.get(id);
    if (node?.kind === "group") for (const member of node.members) carried.add(member);
  }
  const found = new Map<string, Rect>();
  for (const id of selection) {
    const node = scene.byId.get(id);
    if (node === undefined || carried.has(id)) continue;
    if (framesAround(app.document.document, id).some((frame) => selection.has(frame))) continue;
    found.set(id, node.rect);
  }
  return found;
}

function move(app: App, to: ReadonlyMap<string, Point>): void {
  const scene = app.scene();
  const held = new Map<string, Point>();
  for (const [id, at] of to) {
    const rect = scene.byId.get(id)?.rect;
    if (rect !== undefined && (rect.x !== at[0] || rect.y !== at[1])) moveBy(scene, held, id, at);
  }
  follow(scene, held);
  if (held.size > 0) app.document.edit(...placed(scene, app.document.document, held).operations);
}

const ALIGN: [Alignment, string, string][] = [
  ["left", "Align left edges", "Alt+KeyA"],
  ["centre", "Align centres", "Alt+KeyH"],
  ["right", "Align right edges", "Alt+KeyD"],
  ["top", "Align top edges", "Alt+KeyW"],
  ["middle", "Align middles", "Alt+KeyV"],
  ["bottom", "Align bottom edges", "Alt+KeyS"],
];
const DISTRIBUTE: [Axis, string, string][] = [
  ["across", "Space out from left to right", "Alt+Shift+KeyH"],
  ["down", "Space out from top to bottom", "Alt+Shift+KeyV"],
];

export const arrangeCommands: Command[] = [
  ...ALIGN.map(
    ([how, title, keys]): Command => ({
      id: `align.${how}`,
      title,
      group: "Arrange",
      keys: [keys],
      enabled: (app) => movable(app).size > 1,
      run: (app) => move(app, aligned(movable(app), how)),
    }),
  ),
  ...DISTRIBUTE.map(
    ([axis, title, keys]): Command => ({
      id: `distribute.${axis}`,
      title,
      group: "Arrange",
      keys: [keys],
      enabled: (app) => movable(app).size > 2,
      run: (app) => move(app, distributed(movable(app), axis)),
    }),
  ),
];
