/** What a run would do with a node, or is doing: in a word, at the right of its title; or what time it took. */
import { useHeat, useNodeRun, usePlan, useRuns, useUi } from "../app/context";
import type { Phase } from "../run/progress";
import { isUnderWay } from "../run/runner";
import { HeatPill } from "./HeatPill";

const WORDS: Record<string, string> = {
  run: "will run",
  cached: "cached",
  skipped: "skipped",
  unknown: "unknown",
  waiting: "waiting",
  running: "running",
  ran: "done",
  failed: "failed",
};

export function Badge({ node }: { node: string }) {
  const plan = usePlan((state) => state.nodes?.[node]);
  const stale = usePlan((state) => state.stale);
  const active = useRuns((state) => state.current !== null && isUnderWay(state.current.status));
  const run = useNodeRun(node);
  const timed = useUi((state) => state.heat);
  const heat = useHeat(node);
  if (timed && !active) return <HeatPill heat={heat} kept={plan?.status === "cached"} />;
  const status = active ? live(run.phase) : run.phase === "failed" ? "failed" : plan?.status;
  if (status === undefined) return null;
  const steps = plan !== undefined && plan.steps_cached > 0 && plan.steps_run > 0;
  const title = steps
    ? `${plan.steps_run} steps will run, ${plan.steps_cached} are cached`
    : (plan?.reason ?? "");
  return (
    <span className="badge" data-status={status} data-stale={stale && !active} title={title}>
      {WORDS[status]}
    </span>
  );
}

function live(phase: Phase): string | undefined {
  return phase === "idle" ? undefined : phase;
}
