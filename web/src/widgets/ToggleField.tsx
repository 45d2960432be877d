/** Yes or no. */
import type { WidgetProps } from "./Field";

export function ToggleField({ value, label, set, isDefault }: WidgetProps) {
  return (
    <label className="field toggle nodrag" data-default={isDefault}>
      <span className="field-label">{label}</span>
      <input
        type="checkbox"
        role="switch"
        aria-checked={value === true}
        checked={value === true}
        onChange={(event) => set(event.target.checked)}
      />
    </label>
  );
}
