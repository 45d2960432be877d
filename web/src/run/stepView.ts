/** Which picture of a loop's steps is shown, and what could be: of a run that ended, or of one that goes on. Pure. */
import type { Listed, Looked } from "./loopSteps";
import { ENDED } from "./loopSteps";
import type { NodeRun } from "./progress";

export interface Sight {
  /** null: what the run shows of itself */
  name: string | null;
  label: string;
}

export interface Seen {
  /** what can be chosen between; empty while nothing can */
  sights: readonly Sight[];
  sight: string | null;
  /** null: there is no picture to speak of; `url` null: the one that was asked for is not kept */
  picture: { step: number; url: string | null; label: string | null } | null;
  /** of the step on show: cached or not, and the seconds it took; null until the run has ended */
  step: { cached: boolean | null; seconds: number | null } | null;
  /** when the list is to be asked for (again); null: it is good */
  ask: string | null;
}

interface Asked {
  run: NodeRun;
  ended: boolean;
  /** a person looks at this run; `held`: at this step of it */
  watched: boolean;
  held: number | null;
  shown: number;
  looked: Looked;
  listed: Listed | null;
  /** the rough pictures that came while the run went on */
  previews: ReadonlyMap<number, string>;
}

const LIVE: Sight = { name: null, label: "live" };

export function seenOf({ run, ended, watched, held, shown, looked, listed, previews }: Asked): Seen {
  const last = listed?.at === ENDED;
  const current = listed !== null && (last || listed.turn === run.turn) ? listed.loop : null;
  const done =
    last || run.phase === "ran" || run.phase === "cached" || (run.step !== null && shown <= run.step);
  const entry = current?.steps[shown];

  const kept = watched ? (current?.sights ?? []) : [];
  const chosen =
    kept.find((one) => one.name === looked.sight) ?? (ended && held !== null ? kept[0] : undefined);
  const url = chosen === undefined || !done ? undefined : (entry?.pictures[chosen.name] ?? null);
  const drawn = chosen !== undefined && (url != null || (last && url === null));

  const missing = current === null || (chosen !== undefined && url === null);
  return {
    sights: ended
      ? held !== null || chosen !== undefined
        ? kept
        : []
      : kept.length > 0
        ? [LIVE, ...kept]
        : [],
    sight: chosen?.name ?? null,
    picture: drawn ? { step: shown, url: url ?? null, label: chosen.label } : nearest(previews, shown),
    step: last && watched && held !== null ? (entry ?? null) : null,
    ask: ended ? ENDED : watched && done && shown >= 0 && missing ? `${run.turn} ${shown}` : null,
  };
}

/** The picture of a step, or of the last one before it that was seen. */
function nearest(pictures: ReadonlyMap<number, string>, step: number): Seen["picture"] {
  let found: number | null = null;
  for (const one of pictures.keys()) if (one <= step && (found === null || one > found)) found = one;
  if (found === null && pictures.size > 0) found = Math.min(...pictures.keys());
  return found === null ? null : { step: found, url: pictures.get(found) as string, label: null };
}
