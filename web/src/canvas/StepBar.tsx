/** The steps of a loop as a bar: shaded what is cached, filled what is done, and a hand that walks over the pictures. */
import { useNodeRun } from "../app/context";
import { SightSwitch } from "./SightSwitch";
import { StepPicture } from "./StepPicture";
import { type StepView, useStepView } from "./useStepView";

const THUMB = 104;
const SIDE = 170; // room for what is said beside the picture
const NARROW = 360; // below it the picture stays at the left: beside it there is room on one side only
const MOST_TICKS = 60;

export function StepBar({ frame, width }: { frame: string; width: number }) {
  const view = useStepView(frame);
  const { running, count, cached, reached, shown, picture } = view;
  const done = !running || reached < 0 ? 0 : Math.min(1, (reached + 1) / Math.max(1, count));
  const narrow = width < NARROW;
  const left =
    count > 0 && !narrow
      ? Math.max(0, Math.min(width - THUMB, ((shown + 0.5) / count) * width - THUMB / 2))
      : 0;
  const at = shown >= 0 ? shown : Math.max(0, count - 1); // who begins to look begins at the end
  return (
    <div className="steps" style={{ width }} data-running={running} data-narrow={narrow}>
      {picture !== null && (
        <figure className="steps-picture" style={{ transform: `translateX(${left}px)` }}>
          <StepPicture
            url={picture.url}
            alt={`step ${picture.step + 1}${picture.label === null ? "" : `, ${picture.label}`}`}
            size={THUMB}
          />
        </figure>
      )}
      <div className="steps-side" data-side={left > SIDE ? "left" : "right"}>
        {view.sights.length > 1 && (
          <SightSwitch sights={view.sights} chosen={view.sight} choose={view.choose} />
        )}
        <StepText frame={frame} view={view} />
      </div>
      <div className="steps-bar" role="presentation">
        <span className="steps-cached" style={{ transform: `scaleX(${count > 0 ? cached / count : 0})` }} />
        <span className="steps-done" style={{ transform: `scaleX(${done})` }} />
        {count > 0 && count <= MOST_TICKS && (
          <span className="steps-ticks" style={{ backgroundSize: `${100 / count}% 100%` }} />
        )}
        {shown >= 0 && (
          <span
            className="steps-hand"
            style={{ transform: `translateX(${((shown + 0.5) / Math.max(1, count)) * width}px)` }}
          />
        )}
        <input
          type="range"
          className="nodrag"
          aria-label={`steps of ${frame}`}
          aria-valuetext={valueText(view)}
          min={0}
          max={Math.max(0, count - 1)}
          value={at}
          disabled={count === 0}
          onFocus={() => view.look(running ? view.held : at)}
          onChange={(event) => view.look(Number(event.target.value))}
          onDoubleClick={() => view.look(null)}
        />
      </div>
    </div>
  );
}

function StepText({ frame, view }: { frame: string; view: StepView }) {
  const { eta } = useNodeRun(frame);
  const { running, count, cached, shown, step } = view;
  if (count === 0) return <p className="muted">steps show here</p>;
  return (
    <p>
      <strong>{shown >= 0 ? `step ${shown + 1}` : `${count} steps`}</strong>
      {shown >= 0 && <span className="muted"> of {count}</span>}
      {step === null && cached > 0 && (
        <span className="steps-detail steps-cached-text"> {cached} cached</span>
      )}
      {step?.cached && <span className="steps-detail steps-cached-text"> from the cache</span>}
      {step?.seconds != null && <span className="steps-detail muted"> {stepSeconds(step.seconds)}</span>}
      {running && eta !== null && <span className="steps-detail muted"> {secondsText(eta)} left</span>}
    </p>
  );
}

/** What the slider says to who listens. */
function valueText({ shown, count, step, picture }: StepView): string {
  if (shown < 0) return "before the first step";
  const parts = [`step ${shown + 1} of ${count}`];
  if (step?.cached) parts.push("from the cache");
  if (picture?.label != null)
    parts.push(picture.url === null ? `${picture.label} is not kept` : picture.label);
  return parts.join(", ");
}

/** How long one step took: most take less than a second. */
function stepSeconds(seconds: number): string {
  return seconds < 0.0995 ? `${Math.max(1, Math.round(seconds * 1000))} ms` : `${seconds.toFixed(1)} s`;
}

export function secondsText(seconds: number): string {
  if (seconds < 1) return "< 1 s";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  return `${Math.round(seconds / 60)} min`;
}
