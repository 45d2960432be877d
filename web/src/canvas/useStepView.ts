/** What is shown of a loop's steps: which step, which of the things to see of it, and the address of its picture. */
import { useEffect } from "react";
import { useApp, useNodeRun, usePlan, useRuns, useStepPictures, useWholeId } from "../app/context";
import { StepViews } from "../run/loopSteps";
import { isUnderWay } from "../run/runner";
import { useSignal } from "../run/signals";
import { type Seen, seenOf } from "../run/stepView";

export interface StepView extends Seen {
  running: boolean;
  count: number;
  /** how many steps need not be computed */
  cached: number;
  /** the step that was done last, and the one on show, from 0; −1: none */
  reached: number;
  shown: number;
  /** the step that a person looks at; null: where the run is */
  held: number | null;
  look(step: number | null): void;
  choose(sight: string | null): void;
}

export function useStepView(frame: string): StepView {
  const { stepViews, runner } = useApp();
  const id = useWholeId(frame);
  const run = useNodeRun(frame);
  const plan = usePlan((state) => state.nodes?.[frame]);
  const previews = useStepPictures(frame);
  const current = useRuns((state) => state.current?.id ?? null);
  const ended = useRuns((state) => state.current !== null && !isUnderWay(state.current.status));
  const listed = useSignal(stepViews.lists, StepViews.key(current ?? "", id));
  const looked = useSignal(stepViews.looked, id);

  const running = run.phase === "running";
  const planned = plan ? plan.steps_run + plan.steps_cached : 0;
  const count = (running ? run.steps : 0) || planned || run.steps || (listed?.loop.steps.length ?? 0);
  const watched = current !== null && looked.run === current;
  const held = looked.step !== null && watched && looked.step < count ? looked.step : null;
  const cached = running ? run.stepsCached : (plan?.steps_cached ?? 0);
  const reached = run.step ?? (running ? cached - 1 : -1);
  const shown = held ?? reached;
  const seen = seenOf({ run, ended, watched, held, shown, looked, listed, previews });

  const { ask } = seen;
  useEffect(() => {
    if (current !== null && ask !== null && runner.knows(id)) void stepViews.load(current, id, ask);
  }, [stepViews, runner, current, id, ask]);

  return {
    ...seen,
    running,
    count,
    cached,
    reached,
    shown,
    held,
    look: (to) => stepViews.look(id, current, to),
    choose: (name) => stepViews.choose(id, name),
  };
}
