/** What stands where on a loop frame: its ports at the edges, the rail that leads back, the steps. Pure. */
import type { NodeBody } from "../graph/document";
import { grown, type Rect, union } from "../view/geometry";
import type { Port } from "./cardLayout";
import { FRAME } from "./measures";

/** A port straddles the frame's edge: one socket faces out, one in. */
export interface FramePort {
  name: string;
  label: string;
  side: "left" | "right";
  y: number;
  outer: string | null;
  inner: string | null;
}

export interface FrameLayout {
  ports: FramePort[];
  handles: Port[];
  /** names of carried state that go round */
  carried: string[];
}

/** The rectangle of an open frame around what is in it; an empty one stands where it was put. */
export function frameRect(inside: readonly Rect[], at: [number, number]): Rect {
  const around = union(inside);
  if (around === null) return { x: at[0], y: at[1], ...FRAME.empty };
  const wide = grown(around, 0);
  return {
    x: wide.x - FRAME.side,
    y: wide.y - FRAME.head - FRAME.top,
    width: Math.max(wide.width + 2 * FRAME.side, 420),
    height: Math.max(wide.height + FRAME.head + FRAME.top + FRAME.foot, FRAME.head + FRAME.foot + 160),
  };
}

export function frameLayout(body: NodeBody): FrameLayout {
  const carried = Object.keys(body.carry ?? {});
  const collected = Object.keys(body.collect ?? {});
  const ports: FramePort[] = [];
  const at = (row: number): number => FRAME.port.top + row * (FRAME.port.height + FRAME.port.gap);
  ports.push({ name: "item", label: "each step", side: "left", y: at(0), outer: "i:over", inner: "item" });
  carried.forEach((name, row) => {
    ports.push({
      name,
      label: name,
      side: "left",
      y: at(row + 1),
      outer: `first:${name}`,
      inner: `in:${name}`,
    });
    ports.push({
      name,
      label: name,
      side: "right",
      y: at(row + 1),
      outer: `out:${name}`,
      inner: `next:${name}`,
    });
  });
  collected.forEach((name, row) => {
    const y = at(row + 1 + carried.length);
    ports.push({
      name,
      label: `${name} […]`,
      side: "right",
      y,
      outer: `out:${name}`,
      inner: `collect:${name}`,
    });
  });
  ports.push({ name: "until", label: "until", side: "right", y: at(0), outer: null, inner: "until" });
  const used = ports.filter((one) => one.name !== "until" || body.until !== undefined);
  return { ports: used, handles: used.flatMap(handlesOf), carried };
}

/** The rail of a carried value: out of the right port, along the foot, back up into the left one. */
export function railPath(width: number, height: number, y: number, lane: number): string {
  const half = FRAME.port.height / 2;
  const inset = 30 + lane * 9;
  const foot = height - 26 - lane * 9;
  const r = 14;
  return [
    `M ${width - inset} ${y + half}`,
    `V ${foot - r} Q ${width - inset} ${foot} ${width - inset - r} ${foot}`,
    `H ${inset + r} Q ${inset} ${foot} ${inset} ${foot - r}`,
    `V ${y + half + 5}`,
  ].join(" ");
}

function handlesOf(port: FramePort): Port[] {
  const outward = port.side;
  const found: Port[] = [];
  if (port.outer !== null) found.push({ id: port.outer, side: outward, y: port.y });
  if (port.inner !== null)
    found.push({ id: port.inner, side: outward === "left" ? "right" : "left", y: port.y });
  return found;
}
