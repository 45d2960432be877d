/** Guides: while something is dragged, its edges and middles snap to those of what stands around. Pure. */
import type { Guide, Rect } from "../view/geometry";

export interface Snapped {
  dx: number;
  dy: number;
  guides: Guide[];
}

const REACH = 6; // canvas units
const AROUND = 1600;

/** How far to shift `held` so that it lines up with one of `others`, and the lines to show for it. */
export function snapped(held: Rect, others: readonly Rect[]): Snapped {
  const near = others.filter(
    (one) =>
      gap(held.x, held.width, one.x, one.width) < AROUND &&
      gap(held.y, held.height, one.y, one.height) < AROUND,
  );
  const x = nearest(edges(held.x, held.width), near, (one) => edges(one.x, one.width));
  const y = nearest(edges(held.y, held.height), near, (one) => edges(one.y, one.height));
  const moved = { ...held, x: held.x + (x?.by ?? 0), y: held.y + (y?.by ?? 0) };
  const guides: Guide[] = [];
  if (x !== null) {
    const on = [moved, ...near.filter((one) => edges(one.x, one.width).some((edge) => edge === x.at))];
    guides.push({
      axis: "x",
      at: x.at,
      from: Math.min(...on.map((one) => one.y)),
      to: Math.max(...on.map((one) => one.y + one.height)),
    });
  }
  if (y !== null) {
    const on = [moved, ...near.filter((one) => edges(one.y, one.height).some((edge) => edge === y.at))];
    guides.push({
      axis: "y",
      at: y.at,
      from: Math.min(...on.map((one) => one.x)),
      to: Math.max(...on.map((one) => one.x + one.width)),
    });
  }
  return { dx: x?.by ?? 0, dy: y?.by ?? 0, guides };
}

const edges = (start: number, length: number): [number, number, number] => [
  start,
  start + length / 2,
  start + length,
];

/** Near and far edges only pair with edges, middles with middles: else everything snaps to everything. */
function nearest(
  own: readonly number[],
  others: readonly Rect[],
  edgesOf: (one: Rect) => readonly number[],
): { by: number; at: number } | null {
  let best: { by: number; at: number } | null = null;
  for (const other of others) {
    const theirs = edgesOf(other);
    for (const [mine, their] of PAIRS) {
      const at = theirs[their] as number;
      const by = at - (own[mine] as number);
      if (Math.abs(by) <= REACH && (best === null || Math.abs(by) < Math.abs(best.by))) best = { by, at };
    }
  }
  return best;
}
const PAIRS = [
  [0, 0],
  [2, 2],
  [1, 1],
  [0, 2],
  [2, 0],
] as const;

function gap(a: number, length: number, b: number, other: number): number {
  return Math.max(0, b - (a + length), a - (b + other));
}
