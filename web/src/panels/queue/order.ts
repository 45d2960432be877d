/** The queue as a list to look at, and where a run goes when it is moved. Pure. */
import type { Run } from "../../api/types";

export interface Parts {
  running: Run[];
  waiting: Run[];
  ended: Run[];
}

/** Runs under way, waiting in the server's order, and ended ones, newest first. */
export function partsOf(runs: readonly Run[], order: readonly string[]): Parts {
  const place = new Map(order.map((id, at) => [id, at]));
  const last = order.length;
  const waiting = runs
    .filter((one) => one.status === "queued")
    .sort((a, b) => (place.get(a.id) ?? last) - (place.get(b.id) ?? last) || a.created - b.created);
  return {
    running: runs.filter((one) => one.status === "running"),
    waiting,
    ended: runs.filter((one) => one.status !== "queued" && one.status !== "running"),
  };
}

/** To move a run by some places: beside which one it goes; null if it cannot go there. */
export function moved(
  waiting: readonly string[],
  run: string,
  by: number,
): { before: string } | { after: string } | null {
  const at = waiting.indexOf(run);
  const to = Math.max(0, Math.min(waiting.length - 1, at + by));
  const beside = waiting[to];
  if (at < 0 || beside === undefined || to === at) return null;
  return to < at ? { before: beside } : { after: beside };
}
