/** What is seen of a step: its latent, or what it takes the clean one to be; while it runs, what the run shows itself. */
import { useId } from "react";
import type { Sight } from "../run/stepView";

interface Props {
  sights: readonly Sight[];
  chosen: string | null;
  choose(sight: string | null): void;
}

export function SightSwitch({ sights, chosen, choose }: Props) {
  const name = useId();
  return (
    <fieldset className="sights nodrag">
      <legend className="hidden-text">seen of each step</legend>
      {sights.map((one) => (
        <label key={one.label} data-chosen={one.name === chosen}>
          <input type="radio" name={name} checked={one.name === chosen} onChange={() => choose(one.name)} />
          {one.label}
        </label>
      ))}
    </fieldset>
  );
}
