/** The time of a node, in its class's colour, and how it came about in words: what a card shows while times are looked at. */
import { type Heat, tookText, type Whose } from "../run/heat";

const WORDS: Record<Whose, string> = {
  run: "in the last run",
  part: "in the last run, which had some from the cache",
  cached: "in the run that made it; the last one had it from the cache",
  earlier: "in an earlier run; the last one did not come to it",
};

/** `kept`: its result is in the cache; this workflow may never have had to compute it. */
export function HeatPill({ heat, kept }: { heat: Heat | null; kept: boolean }) {
  if (heat === null && kept) {
    return (
      <span
        className="heat-pill"
        title="From the cache; this workflow never had to compute it, so no time is known"
      >
        cached
      </span>
    );
  }
  if (heat === null) {
    return (
      <span className="heat-pill" title="No time is known: it has not run, or is worked out while planning">
        –
      </span>
    );
  }
  const { seconds, saved, whose } = heat;
  return (
    <span className="heat-pill" title={`${tookText(seconds)} ${WORDS[whose]}`}>
      {tookText(whose === "cached" ? saved : seconds)}
    </span>
  );
}

/** The line below a title: calls and the time of one, or where the result came from. */
export function heatLine({ seconds, calls, whose, saved, steps }: Heat): string {
  const each = `${calls} ${steps === null ? "" : "steps "}× ${tookText(seconds / Math.max(1, calls))}`;
  if (whose === "cached") return steps === null && calls === 1 ? "saved by the cache" : `saved · ${each}`;
  if (whose === "earlier") return "in an earlier run";
  const parts = calls > 1 ? [each] : [];
  if (saved > 0) parts.push(`saved ${tookText(saved)}`);
  return parts.join(" · ");
}

/** What a card's element says of its time, for styles and tests. */
export function heatData(heat: Heat | null): {
  "data-heat"?: number;
  "data-heat-level"?: number;
  "data-heat-whose"?: Whose;
} {
  if (heat === null) return {};
  return { "data-heat": heat.seconds, "data-heat-level": heat.level, "data-heat-whose": heat.whose };
}
