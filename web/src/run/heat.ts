/** Where the seconds went, for the nodes that are on show: times of a run, put together and on a scale. Pure. */
import type { NodeTime, RunTimes } from "../api/types";

/** Whose work a time is: of the last run; of it in part, the rest from the cache; of the run that filled the cache; of
 * an earlier one, which the last one did not come to. */
export type Whose = "run" | "part" | "cached" | "earlier";

export interface Heat {
  seconds: number;
  calls: number;
  whose: Whose;
  /** seconds that the cache saved the last run */
  saved: number;
  /** of a loop */
  steps: readonly { index: number; seconds: number }[] | null;
  level: number;
}

export interface HeatMap {
  nodes: ReadonlyMap<string, Heat>;
  scale: Scale;
  /** seconds of the last run in the nodes on show, and what the cache saved it; loops are their nodes */
  spent: number;
  saved: number;
}

/** Six classes of time, a factor of about three each; `bounds` lie between them. */
export interface Scale {
  bounds: readonly number[];
}

export const LEVELS = 6;

/** The scale on which the dearest time is of the last class. Logarithmic: seconds and milliseconds are on one graph. */
export function scaleOf(most: number): Scale {
  const top = Math.ceil(2 * Math.log10(Math.max(most, 1e-4)) - 0.001);
  return { bounds: Array.from({ length: LEVELS - 1 }, (_, at) => round(top - (LEVELS - 1) + at)) };
}

/** … 0.1, 0.3, 1, 3, 10, 30 … */
function round(half: number): number {
  const whole = Math.floor(half / 2);
  return Number(`${half - 2 * whole === 1 ? 3 : 1}e${whole}`);
}

export function levelOf({ bounds }: Scale, seconds: number): number {
  return bounds.filter((one) => seconds >= one).length;
}

/** The times of the nodes that begin with a prefix; a use of a subgraph is what its nodes are together. */
export function heatOf(times: RunTimes, prefix: string): HeatMap {
  const found = new Map<string, Omit<Heat, "level">>();
  let most = 0;
  let spent = 0;
  let saved = 0;
  for (const [id, time] of Object.entries(times.nodes)) {
    if (!id.startsWith(prefix)) continue;
    const [name = "", ...inner] = id.slice(prefix.length).split("/");
    const one = asHeat(time, times.run);
    if (inner.length > 0 && one.steps !== null) continue; // its nodes count
    found.set(name, together(found.get(name), one));
    if (one.steps !== null) continue;
    if (one.whose === "run" || one.whose === "part") spent += one.seconds;
    saved += one.saved;
  }
  for (const one of found.values()) if (one.steps === null) most = Math.max(most, one.seconds);
  const scale = scaleOf(most);
  const nodes = new Map<string, Heat>();
  for (const [id, one] of found) nodes.set(id, { ...one, level: levelOf(scale, one.seconds) });
  return { nodes, scale, spent, saved };
}

function asHeat({ seconds, calls, cached, saved, run, steps }: NodeTime, last: string): Omit<Heat, "level"> {
  const whose = run === last ? (cached > 0 ? "part" : "run") : cached > 0 ? "cached" : "earlier";
  return { seconds, calls, whose, saved, steps };
}

function together(a: Omit<Heat, "level"> | undefined, b: Omit<Heat, "level">): Omit<Heat, "level"> {
  if (a === undefined) return b;
  const whose =
    a.whose === b.whose
      ? a.whose
      : a.whose === "earlier"
        ? b.whose
        : b.whose === "earlier"
          ? a.whose
          : "part";
  return {
    seconds: a.seconds + b.seconds,
    calls: a.calls + b.calls,
    whose,
    saved: a.saved + b.saved,
    steps: null,
  };
}

/** Nodes that are no loops, what cost the last run most first; and what the cache saved it. */
export function ranked({ nodes }: HeatMap): { spent: [string, Heat][]; saved: [string, Heat][] } {
  const all = [...nodes].filter(([, one]) => one.steps === null);
  return {
    spent: all.filter(([, one]) => one.whose !== "cached").sort(([, a], [, b]) => b.seconds - a.seconds),
    saved: all.filter(([, one]) => one.whose === "cached").sort(([, a], [, b]) => b.saved - a.saved),
  };
}

/** A time as it stands on a node: three figures are enough. */
export function tookText(seconds: number): string {
  if (seconds < 0.001) return "< 1 ms";
  if (seconds < 0.9995) return `${Number((seconds * 1000).toPrecision(seconds < 0.00995 ? 2 : 3))} ms`;
  if (seconds < 99.95) return `${seconds.toPrecision(3)} s`;
  const whole = Math.round(seconds);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}
