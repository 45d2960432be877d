/** The seconds of a loop's steps as columns, and its quickest and slowest in words. */
import { tookText } from "../../run/heat";

const WIDTH = 300;
const HEIGHT = 40;

export function StepTimes({ steps }: { steps: readonly { index: number; seconds: number }[] }) {
  if (steps.length < 2) return null;
  const sorted = [...steps].sort((a, b) => a.seconds - b.seconds);
  const quick = sorted[0];
  const slow = sorted.at(-1);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (quick === undefined || slow === undefined || middle === undefined) return null;
  const wide = WIDTH / steps.length;
  const gap = wide > 4 ? 1 : 0;
  const path = steps
    .map(({ seconds }, at) => {
      const high = Math.max(1, (seconds / slow.seconds) * HEIGHT);
      return `M${(at * wide).toFixed(2)} ${HEIGHT}v${(-high).toFixed(2)}h${(wide - gap).toFixed(2)}v${high.toFixed(2)}z`;
    })
    .join("");
  return (
    <figure className="times-steps">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <path d={path} />
      </svg>
      <figcaption>
        {steps.length} steps, {tookText(quick.seconds)} to {tookText(slow.seconds)} (step {slow.index + 1});
        mostly {tookText(middle.seconds)}
      </figcaption>
    </figure>
  );
}
