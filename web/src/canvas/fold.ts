/** Fold a loop into one card, or open it: what stands to its right moves along, so that no hole and no heap is left. */
import type { App } from "../app/services";
import type { Operation } from "../document/operations";
import { lookOf, type WorkflowDocument } from "../graph/document";
import type { Point } from "../view/geometry";
import { positionOf, type Scene, SceneMaker } from "./scene";

export function foldFrame(app: App, frame: string): void {
  const { document } = app.document;
  const folded = lookOf(document, frame).collapsed === true;
  const look: Operation = { op: "set_look", node: frame, key: "collapsed", value: folded ? null : true };
  const after = withLook(document, frame, !folded);
  const moved = shifted(document, app.scene(), new SceneMaker(app.registry).make(after), frame);
  app.document.edit(
    look,
    ...(moved.size > 0 ? [{ op: "move" as const, positions: Object.fromEntries(moved) }] : []),
  );
}

function withLook(document: WorkflowDocument, frame: string, collapsed: boolean): WorkflowDocument {
  const nodes = { ...document.ui?.nodes, [frame]: { ...lookOf(document, frame), collapsed } };
  return { ...document, ui: { ...document.ui, nodes } };
}

/** Where nodes go when a frame's right edge moves: those beside it by as much, the frame to where it stood. */
export function shifted(
  document: WorkflowDocument,
  before: Scene,
  after: Scene,
  frame: string,
): Map<string, Point> {
  const moved = new Map<string, Point>();
  const was = before.byId.get(frame);
  const is = after.byId.get(frame);
  if (was === undefined || is === undefined || !("body" in was)) return moved;
  const at: Point = [Math.round(was.rect.x), Math.round(was.rect.y)];
  moved.set(frame, at);
  const edge = was.rect.x + was.rect.width;
  const start = is.kind === "frame" ? is.rect.x : was.rect.x;
  const by = Math.round(start + is.rect.width - edge);
  for (const node of before.nodes) {
    if (!("body" in node) || node.id === frame || node.rect.x < edge || by === 0) continue;
    if ("members" in was && was.members.includes(node.id)) continue;
    if (node.body.in !== was.body.in) continue;
    const inside = "members" in node ? node.members : [];
    for (const id of [node.id, ...inside]) {
      const [x, y] = positionOf(document, id);
      moved.set(id, [x + by, y]);
    }
  }
  return moved;
}
