/** The states of a workflow, kept up to date: after the first time only what is new is asked for. */
import { useEffect, useState } from "react";
import type { StateStep, States } from "../../api/types";
import { useApp, useDocument, useRuns } from "../../app/context";

export interface KnownStates {
  revision: number;
  now: number;
  /** the oldest that the server keeps */
  first: number;
  steps: readonly StateStep[];
  pictures: ReadonlyMap<number, string>;
}

const CALM = 200; // ms: several edits at once are asked for once

export function useStates(name: string): KnownStates | null {
  const app = useApp();
  const revision = useDocument((state) => state.revision);
  const ended = useRuns((state) => state.changes);
  const [known, setKnown] = useState<KnownStates | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a revision, or a run that ended, may bring news
  useEffect(() => {
    if (revision === 0) return;
    let current = true;
    const ask = async (): Promise<void> => {
      const found = await app.api.states(name, known?.revision ?? 0);
      const whole = known === null || known.first === found.first ? found : await app.api.states(name, 0);
      if (current) setKnown(joined(whole === found ? known : null, whole));
    };
    const timer = setTimeout(
      () => ask().catch((error: Error) => current && app.tell(error.message, "error")),
      known === null ? 0 : CALM,
    );
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [app, name, revision, ended]);
  return known;
}

function joined(known: KnownStates | null, { revision, now, first, states, pictures }: States): KnownStates {
  return {
    revision,
    now,
    first,
    steps: known === null || states.length > 0 ? [...(known?.steps ?? []), ...states] : known.steps,
    pictures: new Map(pictures.map((one) => [one.state, one.digest])),
  };
}
