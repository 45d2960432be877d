/** From two axes to a sweep, and from its runs to cells. Pure. */
import type { Json } from "../../api/types";
import type { Axis, GridCell } from "../../view/results";

export function pathOf({ node, input }: Axis): string {
  return `${node}.${input}`;
}

/** What the server is asked to try. */
export function sweepOf(x: Axis, y: Axis | null): { [path: string]: Json[] } {
  const sweep = { [pathOf(x)]: [...x.values] as Json[] };
  if (y !== null) sweep[pathOf(y)] = [...y.values] as Json[];
  return sweep;
}

/** The cell of a run, by what it sets; null if it is of another sweep. */
export function cellOf(
  run: string,
  set: { [path: string]: unknown },
  x: Axis,
  y: Axis | null,
): GridCell | null {
  const at = (axis: Axis | null): number =>
    axis === null ? 0 : axis.values.indexOf(set[pathOf(axis)] as Axis["values"][number]);
  const [column, row] = [at(x), at(y)];
  return column < 0 || row < 0 ? null : { run, x: column, y: row };
}
