/** What is seen of a step: its latent, or what it takes the clean one to be. */
import { useId } from "react";

interface Props {
  sights: readonly { name: string; label: string }[];
  chosen: string | null;
  choose(sight: string): void;
}

export function SightSwitch({ sights, chosen, choose }: Props) {
  const name = useId();
  return (
    <fieldset className="sights nodrag">
      <legend className="hidden-text">seen of each step</legend>
      {sights.map((one) => (
        <label key={one.name} data-chosen={one.name === chosen}>
          <input type="radio" name={name} checked={one.name === chosen} onChange={() => choose(one.name)} />
          {one.label}
        </label>
      ))}
    </fieldset>
  );
}
