/** Where links begin and end, and the curve between: as canvas/flowNodes.ts and canvas/LinkEdge.tsx draw them. */
import { FRAME } from "../../src/canvas/measures.ts";

const PARTS = 20; // of a curve
const CURVATURE = 0.32;

function isInner({ kind }, { id }) {
  return kind === "frame" && /^(item$|in:|next:|collect:|until$)/.test(id);
}

/** A loop's inner socket faces in: it is on the side where its port is. */
export function onLeft(node, handle) {
  return (handle.side === "left") !== isInner(node, handle);
}

/** The curve of a link, as a line of points. */
export function lineOf({ source, sourceHandle, target, targetHandle }, scene) {
  const [x1, y1] = socket(scene.byId.get(source), sourceHandle);
  const [x2, y2] = socket(scene.byId.get(target), targetHandle);
  const reach = x2 >= x1 ? (x2 - x1) / 2 : CURVATURE * 25 * Math.sqrt(x1 - x2);
  return Array.from({ length: PARTS + 1 }, (_, part) => {
    const t = part / PARTS;
    const [a, b, c, d] = [(1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t ** 3];
    return [a * x1 + b * (x1 + reach) + c * (x2 - reach) + d * x2, (a + b) * y1 + (c + d) * y2];
  });
}

function socket(node, id) {
  const handle = node.handles.find((one) => one.id === id);
  if (handle === undefined) throw new Error(`${node.id} has no socket ${id}`);
  const inset = isInner(node, handle) ? FRAME.port.width : 0;
  const { x, y, width } = node.rect;
  return [onLeft(node, handle) ? x + inset : x + width - inset, y + handle.y];
}
