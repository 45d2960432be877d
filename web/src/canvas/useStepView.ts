/** What is shown of a loop's steps: which step, which of the things to see of it, and the address of its picture. */
import { useEffect } from "react";
import { useApp, useFrameId, useNodeRun, usePlan, useRuns, useStepPictures } from "../app/context";
import { StepViews } from "../run/loopSteps";
import { isUnderWay } from "../run/runner";
import { useSignal } from "../run/signals";

export interface StepView {
  running: boolean;
  count: number;
  /** how many steps need not be computed */
  cached: number;
  /** the step on show, from 0; −1: none */
  shown: number;
  /** what can be chosen between; empty while nothing can */
  sights: readonly { name: string; label: string }[];
  sight: string | null;
  /** null: there is no picture to speak of; `url` null: the one that was asked for is not kept */
  picture: { step: number; url: string | null } | null;
  /** of the step on show, in the run on show: cached or not, and the seconds it took */
  step: { cached: boolean | null; seconds: number | null } | null;
  look(step: number | null): void;
  choose(sight: string): void;
}

export function useStepView(frame: string): StepView {
  const { stepViews } = useApp();
  const id = useFrameId(frame);
  const run = useNodeRun(frame);
  const plan = usePlan((state) => state.nodes?.[frame]);
  const seen = useStepPictures(frame);
  const current = useRuns((state) => state.current?.id ?? null);
  const ended = useRuns((state) => state.current !== null && !isUnderWay(state.current.status));
  const list = useSignal(stepViews.lists, StepViews.key(current ?? "", id));
  const looked = useSignal(stepViews.looked, id);
  useEffect(() => {
    if (current !== null && ended) void stepViews.load(current, id);
  }, [stepViews, current, ended, id]);

  const running = run.phase === "running";
  const planned = plan ? plan.steps_run + plan.steps_cached : 0;
  const count = (running ? run.steps : 0) || planned || run.steps || (list?.steps.length ?? 0);
  const held = looked.step !== null && looked.run === current && looked.step < count ? looked.step : null;
  const cached = running ? run.stepsCached : (plan?.steps_cached ?? 0);
  const shown = held ?? (running ? (run.step ?? cached - 1) : (run.step ?? -1));
  const kept = held !== null && ended ? list : null;
  const sight = kept?.sights.find((one) => one.name === looked.sight) ?? kept?.sights[0] ?? null;
  const step = kept?.steps[shown] ?? null;
  return {
    running,
    count,
    cached,
    shown,
    sights: kept?.sights ?? [],
    sight: sight?.name ?? null,
    picture: sight === null ? nearest(seen, shown) : { step: shown, url: step?.pictures[sight.name] ?? null },
    step,
    look: (to) => stepViews.look(id, current, to),
    choose: (name) => stepViews.choose(id, name),
  };
}

/** The picture of a step, or of the last one before it that was seen. */
function nearest(pictures: ReadonlyMap<number, string>, step: number): { step: number; url: string } | null {
  let found: number | null = null;
  for (const one of pictures.keys()) if (one <= step && (found === null || one > found)) found = one;
  if (found === null && pictures.size > 0) found = Math.min(...pictures.keys());
  return found === null ? null : { step: found, url: pictures.get(found) as string };
}
