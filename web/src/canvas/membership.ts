/** Which loop a node belongs to, by where it was put. Pure. */

import type { Operation } from "../document/operations";
import { framesAround, type WorkflowDocument } from "../graph/document";
import { centre, contains, type Point } from "../view/geometry";
import type { Scene, SceneNode } from "./scene";

/** The innermost open frame at a point, of those that `allowed` allows. */
export function frameAt(
  scene: Scene,
  at: Point,
  allowed: (frame: SceneNode) => boolean = () => true,
): string | undefined {
  return scene.nodes
    .filter((one) => one.kind === "frame" && contains(one.rect, at) && allowed(one))
    .sort((a, b) => b.depth - a.depth)[0]?.id;
}

/**
 * Nodes that were dragged from one loop into another, into one or out of all. `scene` is how things stood before. What
 * goes along with its frame, or leaves nothing behind in it, stays in it.
 */
export function frameMoves(
  scene: Scene,
  document: WorkflowDocument,
  positions: { [node: string]: Point },
): Operation[] {
  const leaving = leavers(scene, positions);
  const byFrame = new Map<string | null, string[]>();
  for (const [id, [x, y]] of Object.entries(positions)) {
    const node = scene.byId.get(id);
    const home = document.nodes[id]?.in;
    if (node === undefined || document.nodes[id] === undefined || (home !== undefined && !leaving(home)))
      continue;
    const inside = new Set([id, ...("members" in node ? node.members : [])]);
    const middle = centre({ ...node.rect, x, y });
    const over = frameAt(
      scene,
      middle,
      (frame) => !inside.has(frame.id) && positions[frame.id] === undefined,
    );
    if (over === home || framesAround(document, id).some((frame) => positions[frame] !== undefined)) continue;
    byFrame.set(over ?? null, [...(byFrame.get(over ?? null) ?? []), id]);
  }
  return [...byFrame].map(([frame, nodes]) => ({ op: "set_frame", nodes, frame }));
}

/** Tells of a frame whether something dragged can leave it: it stays, and something in it stays. */
function leavers(scene: Scene, positions: { [node: string]: Point }): (frame: string) => boolean {
  const known = new Map<string, boolean>();
  return (frame) => {
    let found = known.get(frame);
    if (found === undefined) {
      const node = scene.byId.get(frame);
      found =
        positions[frame] === undefined &&
        node?.kind === "frame" &&
        node.members.some((one) => positions[one] === undefined);
      known.set(frame, found);
    }
    return found;
  };
}
