/** One of a few names. The browser's own list: it works by key, by touch and with a screen reader. */
import type { WidgetProps } from "./Field";
import { plainSchema } from "./kind";

export function ChoiceField({ input, value, label, set, isDefault }: WidgetProps) {
  const options = plainSchema(input.schema)?.enum ?? [];
  const known = options.some((one) => one === value);
  return (
    <label className="field choice nodrag" data-default={isDefault}>
      <span className="field-label">{label}</span>
      <span className="field-box">
        <select
          aria-label={label}
          value={String(value ?? "")}
          onChange={(event) => {
            const found = options.find((one) => String(one) === event.target.value);
            if (found !== undefined) set(found);
          }}
        >
          {!known && <option value={String(value ?? "")}>{String(value ?? "")}</option>}
          {options.map((one) => (
            <option key={one} value={String(one)}>
              {String(one)}
            </option>
          ))}
        </select>
      </span>
    </label>
  );
}
