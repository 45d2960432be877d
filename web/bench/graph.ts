/** A graph to measure with: chains of masks, side by side, each node with sockets and fields of its own. */
import type { JsonObject } from "../tests/support/server";

const ROW = 40; // nodes in a chain

/** `count` nodes; every one but the first of a chain reads the one before it. */
export function chains(count: number): JsonObject {
  const nodes: Record<string, JsonObject> = {};
  const positions: Record<string, [number, number]> = {};
  for (let at = 0; at < count; at += 1) {
    const id = `n${at}`;
    const column = at % ROW;
    const before = `n${at - 1}`;
    if (column === 0)
      nodes[id] = { type: "mask.ellipse@1", inputs: { width: 64, height: 64, right: 48, bottom: 48 } };
    else if (column % 3 === 0)
      nodes[id] = { type: "mask.combine@1", inputs: { a: { from: before }, b: { from: `n${at - 2}` } } };
    else if (column % 3 === 1)
      nodes[id] = { type: "mask.grow@1", inputs: { mask: { from: before }, pixels: 2 } };
    else nodes[id] = { type: "mask.feather@1", inputs: { mask: { from: before }, radius: 3 } };
    positions[id] = [column * 300, Math.floor(at / ROW) * 280];
  }
  return { format: 1, nodes, ui: { positions } };
}
