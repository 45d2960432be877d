/** Where an arrow key leads on the canvas: to the nearest node on that side. Pure. */
import type { SceneNode } from "../canvas/scene";
import { centre, type Point, type Rect } from "../view/geometry";

export type Direction = "left" | "right" | "up" | "down";

/** A step aside counts as much as this many steps ahead. */
const ASIDE = 2.2;
const HEAD: Point = [110, 22];

type Placed = Pick<SceneNode, "id" | "kind" | "rect">;

/** The nearest node on one side of another; null if nothing is there. */
export function neighbour(nodes: readonly Placed[], from: string, direction: Direction): string | null {
  const here = nodes.find((one) => one.id === from);
  if (here === undefined) return null;
  const [x, y] = anchor(here);
  let best: { id: string; cost: number } | null = null;
  for (const one of nodes) {
    if (one.id === from) continue;
    const [otherX, otherY] = anchor(one);
    const [dx, dy] = [otherX - x, otherY - y];
    const ahead = { left: -dx, right: dx, up: -dy, down: dy }[direction];
    if (ahead <= 1) continue;
    const aside = Math.abs(direction === "left" || direction === "right" ? dy : dx);
    if (aside > ahead * 3) continue;
    const cost = ahead + ASIDE * aside;
    if (best === null || cost < best.cost) best = { id: one.id, cost };
  }
  return best?.id ?? null;
}

/** The node nearest to a point. */
export function nearest(nodes: readonly Placed[], [x, y]: Point): string | null {
  let best: { id: string; far: number } | null = null;
  for (const one of nodes) {
    const [otherX, otherY] = anchor(one);
    const far = Math.hypot(otherX - x, otherY - y);
    if (best === null || far < best.far) best = { id: one.id, far };
  }
  return best?.id ?? null;
}

/** What stands around others is met at its head, a card in its middle. */
function anchor({ kind, rect }: Placed): Point {
  return kind === "frame" || kind === "group" ? [rect.x + HEAD[0], rect.y + HEAD[1]] : centre(rect);
}

/** A place for something of this size at or below a point, where it covers no card. */
export function freeSpot(nodes: readonly Placed[], [x, y]: Point, width: number, height: number): Point {
  const cards = nodes.filter((one) => one.kind !== "frame" && one.kind !== "group" && one.kind !== "reroute");
  let at: Rect = { x, y, width, height };
  for (let tries = 0; tries < 200; tries += 1) {
    const hit = cards.find(({ rect }) => touches(rect, at));
    if (hit === undefined) break;
    at = { ...at, y: hit.rect.y + hit.rect.height + 36 };
  }
  return [at.x, at.y];
}

function touches(a: Rect, b: Rect): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
