/** How far the run on show is, and how long it will still take; before it, how long it would take. */
import { useApp, useDocument, usePlan, useRuns } from "../app/context";
import { secondsText } from "../canvas/StepBar";
import { isFrame } from "../graph/document";
import { isUnderWay } from "../run/runner";
import { useSignal } from "../run/signals";

export function RunProgress() {
  const app = useApp();
  const current = useRuns((state) => state.current);
  const document = useDocument((state) => state.view);
  const plan = usePlan((state) => state.nodes);
  const frame = Object.keys(document.nodes).find((id) => isFrame(document.nodes[id])) ?? "";
  const run = useSignal(app.runner.nodes, frame);
  if (current !== null && isUnderWay(current.status)) {
    const done = run.step === null ? 0 : run.step + 1;
    const text =
      current.status === "queued"
        ? "waiting for its turn…"
        : run.steps > 0
          ? `step ${done} of ${run.steps}${run.eta === null ? "" : `, ${secondsText(run.eta)} left`}`
          : "running…";
    return (
      <p className="run-progress" role="status">
        {text}
        {run.steps > 0 && (
          <span
            className="run-progress-bar"
            role="progressbar"
            aria-label="steps"
            aria-valuenow={Math.round((100 * done) / run.steps)}
          >
            <span style={{ transform: `scaleX(${done / run.steps})` }} />
          </span>
        )}
      </p>
    );
  }
  const seconds = plan === null ? null : app.times.estimate(document, plan);
  if (seconds === null || seconds < 0.05) return null;
  return <p className="run-progress">about {secondsText(seconds)}</p>;
}
