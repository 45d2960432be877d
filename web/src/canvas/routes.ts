/**
 * How links run through their reroutes. At a point all links that pass it have one direction: from where they come, on the
 * whole, to where they go. So those that run together lie on each other until they branch. Pure.
 */
import type { Point } from "../view/geometry";
import { centre } from "../view/geometry";
import type { Scene, SceneEdge } from "./scene";

/** A point on the way, and the direction in which links pass it. */
export interface Bend {
  at: Point;
  towards: Point;
}

/** A curve: two control points and its end; it begins where the one before it ends. */
export type Curve = readonly [one: Point, two: Point, end: Point];

/** The bends of a scene, by the id of the point's node. */
export function bendsOf(scene: Scene): ReadonlyMap<string, Bend> {
  const sums = new Map<string, { at: Point; before: Point; after: Point }>();
  for (const edge of scene.edges) {
    if (edge.through.length === 0) continue;
    const way = wayOf(scene, edge);
    edge.through.forEach((id, place) => {
      const [before, at, after] = way.slice(place, place + 3) as [Point, Point, Point];
      const sum = sums.get(id) ?? { at, before: [0, 0] as Point, after: [0, 0] as Point };
      sum.before = plus(sum.before, unit(minus(before, at)));
      sum.after = plus(sum.after, unit(minus(after, at)));
      sums.set(id, sum);
    });
  }
  return new Map(
    [...sums].map(([id, { at, before, after }]) => [id, { at, towards: unit(minus(after, before)) }]),
  );
}

/** Where a link begins, its points, where it ends. */
function wayOf(scene: Scene, edge: SceneEdge): Point[] {
  const points = edge.through.map((id) => {
    const rect = scene.byId.get(id)?.rect;
    return rect === undefined ? ([0, 0] as Point) : centre(rect);
  });
  return [
    socketAt(scene, edge.source, edge.sourceHandle),
    ...points,
    socketAt(scene, edge.target, edge.targetHandle),
  ];
}

/** About where a socket is; the inner side of a loop's port counts as its edge. */
export function socketAt(scene: Scene, node: string, handle: string): Point {
  const found = scene.byId.get(node);
  if (found === undefined) return [0, 0];
  const { rect } = found;
  const port = found.handles.find((one) => one.id === handle);
  if (port === undefined) return centre(rect);
  const inner = found.kind === "frame" && /^(item|in:|next:|collect:|until)/.test(handle);
  const left = inner ? port.side === "right" : port.side === "left";
  return [left ? rect.x : rect.x + rect.width, rect.y + port.y];
}

/** The curve from one place to another, leaving and arriving in given directions. */
export function curve(from: Bend, to: Bend): Curve {
  const far = Math.hypot(to.at[0] - from.at[0], to.at[1] - from.at[1]);
  const reach = Math.min(0.36 * far, 90);
  return [
    [from.at[0] + from.towards[0] * reach, from.at[1] + from.towards[1] * reach],
    [to.at[0] - to.towards[0] * reach, to.at[1] - to.towards[1] * reach],
    to.at,
  ];
}

/** All curves of a link that is led through points, with where they begin. */
export function curvesOf(
  scene: Scene,
  bends: ReadonlyMap<string, Bend>,
  edge: SceneEdge,
): { start: Point; curves: Curve[] } {
  const start = socketAt(scene, edge.source, edge.sourceHandle);
  const stops: Bend[] = [
    { at: start, towards: [1, 0] },
    ...edge.through.flatMap((id) => bends.get(id) ?? []),
    { at: socketAt(scene, edge.target, edge.targetHandle), towards: [1, 0] },
  ];
  return { start, curves: stops.slice(1).map((stop, at) => curve(stops[at] as Bend, stop)) };
}

/** The place in the middle of a curve. */
export function middleOf(start: Point, [one, two, end]: Curve): Point {
  const mean = (axis: 0 | 1): number => (start[axis] + 3 * one[axis] + 3 * two[axis] + end[axis]) / 8;
  return [mean(0), mean(1)];
}

/** Which of a link's curves runs nearest to a place. */
export function nearestPart(start: Point, curves: readonly Curve[], [x, y]: Point): number {
  let best = 0;
  let nearest = Number.POSITIVE_INFINITY;
  curves.forEach(([one, two, end], part) => {
    const from = part === 0 ? start : (curves[part - 1] as Curve)[2];
    for (let step = 0; step <= SAMPLES; step += 1) {
      const t = step / SAMPLES;
      const at = (axis: 0 | 1): number =>
        (1 - t) ** 3 * from[axis] +
        3 * (1 - t) ** 2 * t * one[axis] +
        3 * (1 - t) * t ** 2 * two[axis] +
        t ** 3 * end[axis];
      const far = Math.hypot(at(0) - x, at(1) - y);
      if (far < nearest) [nearest, best] = [far, part];
    }
  });
  return best;
}

const SAMPLES = 24;

const plus = (a: Point, b: Point): Point => [a[0] + b[0], a[1] + b[1]];
const minus = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1]];

function unit([x, y]: Point): Point {
  const length = Math.hypot(x, y);
  return length < 1e-6 ? [1, 0] : [x / length, y / length];
}
