/** Line up and space out rectangles. Pure. */
import { type Point, type Rect, union } from "../view/geometry";

export type Alignment = "left" | "centre" | "right" | "top" | "middle" | "bottom";
export type Axis = "across" | "down";

/** Where each rectangle goes so that they line up at one edge or middle of the whole. */
export function aligned(rects: ReadonlyMap<string, Rect>, how: Alignment): Map<string, Point> {
  const all = union([...rects.values()]);
  const found = new Map<string, Point>();
  if (all === null) return found;
  for (const [id, rect] of rects) {
    switch (how) {
      case "left":
        found.set(id, [all.x, rect.y]);
        break;
      case "centre":
        found.set(id, [all.x + (all.width - rect.width) / 2, rect.y]);
        break;
      case "right":
        found.set(id, [all.x + all.width - rect.width, rect.y]);
        break;
      case "top":
        found.set(id, [rect.x, all.y]);
        break;
      case "middle":
        found.set(id, [rect.x, all.y + (all.height - rect.height) / 2]);
        break;
      case "bottom":
        found.set(id, [rect.x, all.y + all.height - rect.height]);
    }
  }
  return found;
}

/** Equal gaps between neighbours; the first and the last stay. */
export function distributed(rects: ReadonlyMap<string, Rect>, axis: Axis): Map<string, Point> {
  const start = (rect: Rect): number => (axis === "across" ? rect.x : rect.y);
  const size = (rect: Rect): number => (axis === "across" ? rect.width : rect.height);
  const row = [...rects].sort(([, a], [, b]) => start(a) + size(a) / 2 - start(b) - size(b) / 2);
  const first = row[0]?.[1];
  const last = row.at(-1)?.[1];
  if (first === undefined || last === undefined || row.length < 3) return new Map();
  const taken = row.reduce((sum, [, rect]) => sum + size(rect), 0);
  const gap = (start(last) + size(last) - start(first) - taken) / (row.length - 1);
  let at = start(first);
  return new Map(
    row.map(([id, rect]) => {
      const to: Point = axis === "across" ? [at, rect.y] : [rect.x, at];
      at += size(rect) + gap;
      return [id, to];
    }),
  );
}
