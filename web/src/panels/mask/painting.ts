/**
 * A mask being painted: what was done, and where the hand is. One hand for pointer and keys: it moves, it is pressed, it
 * is let go. Pure.
 */
import type { Point, Shape, Stroke } from "./strokes";

export type Tool = "brush" | Shape;

export interface Painting {
  width: number;
  height: number;
  tool: Tool;
  erase: boolean;
  size: number;
  /** where the hand is */
  cursor: Point;
  strokes: readonly Stroke[];
  undone: readonly Stroke[];
  /** the stroke under way: the brush is down */
  pen: readonly Point[] | null;
  /** the first corner of a shape */
  corner: Point | null;
}

/** Nearer than this is where it was: pixels of the picture. */
const SAME = 1.5;

export function begun(width: number, height: number): Painting {
  return {
    width,
    height,
    tool: "brush",
    erase: false,
    size: Math.max(4, Math.round(Math.max(width, height) / 12)),
    cursor: [Math.round(width / 2), Math.round(height / 2)],
    strokes: [],
    undone: [],
    pen: null,
    corner: null,
  };
}

export function movedTo(was: Painting, [x, y]: Point): Painting {
  const cursor: Point = [Math.min(was.width, Math.max(0, x)), Math.min(was.height, Math.max(0, y))];
  if (cursor[0] === was.cursor[0] && cursor[1] === was.cursor[1]) return was;
  return { ...was, cursor, pen: was.pen === null ? null : [...was.pen, cursor] };
}

/** The brush comes down; a shape gets its first corner, or its second. */
export function pressed(was: Painting): Painting {
  if (was.tool === "brush") return was.pen === null ? { ...was, pen: [was.cursor] } : was;
  return was.corner === null ? { ...was, corner: was.cursor } : shaped(was);
}

/** The brush is lifted; a shape that was drawn while the hand was pressed is done. */
export function released(was: Painting): Painting {
  if (was.pen !== null) {
    const kind = was.erase ? ("erase" as const) : ("paint" as const);
    return added({ ...was, pen: null }, { kind, size: was.size, points: [...was.pen] });
  }
  return was.corner === null || near(was.corner, was.cursor) ? was : shaped(was);
}

/** For who cannot hold a key: once is pressed, twice is let go. */
export const toggled = (was: Painting): Painting => (was.pen === null ? pressed(was) : released(was));

function shaped(was: Painting): Painting {
  if (was.corner === null || was.tool === "brush") return was;
  if (was.corner[0] === was.cursor[0] || was.corner[1] === was.cursor[1]) return was; // it would be nothing
  const stroke = {
    kind: "shape" as const,
    shape: was.tool,
    erase: was.erase,
    from: was.corner,
    to: was.cursor,
  };
  return added({ ...was, corner: null }, stroke);
}

export function added(was: Painting, stroke: Stroke): Painting {
  return { ...was, strokes: [...was.strokes, stroke], undone: [] };
}

/** Drop what is under way; the same if nothing is. */
export function dropped(was: Painting): Painting {
  return was.pen === null && was.corner === null ? was : { ...was, pen: null, corner: null };
}

export function undone(was: Painting): Painting {
  const last = was.strokes.at(-1);
  if (last === undefined) return dropped(was);
  return { ...dropped(was), strokes: was.strokes.slice(0, -1), undone: [...was.undone, last] };
}

export function redone(was: Painting): Painting {
  const next = was.undone.at(-1);
  if (next === undefined) return was;
  return { ...dropped(was), strokes: [...was.strokes, next], undone: was.undone.slice(0, -1) };
}

export function withTool(was: Painting, tool: Tool): Painting {
  return { ...dropped(was), tool };
}

export function sized(was: Painting, size: number): Painting {
  const most = Math.max(was.width, was.height) / 2;
  return { ...was, size: Math.max(1, Math.min(most, Math.round(size))) };
}

/** Where a key leads: arrows by a step, with Shift by five, with Alt by one pixel; Home and such to the edges. */
export function wayOf(was: Painting, keys: Iterable<string>, fast: boolean, fine: boolean): Point {
  const step = fine ? 1 : Math.max(1, Math.round(Math.max(was.width, was.height) / 100)) * (fast ? 5 : 1);
  let [x, y] = was.cursor;
  for (const key of keys) {
    if (key === "ArrowLeft") x -= step;
    else if (key === "ArrowRight") x += step;
    else if (key === "ArrowUp") y -= step;
    else if (key === "ArrowDown") y += step;
    else if (key === "Home") x = 0;
    else if (key === "End") x = was.width;
    else if (key === "PageUp") y = 0;
    else if (key === "PageDown") y = was.height;
  }
  return [x, y];
}

const near = (a: Point, b: Point): boolean => Math.hypot(a[0] - b[0], a[1] - b[1]) < SAME;
