/** A list or an object, as JSON: written when it reads. */
import { useState } from "react";
import type { Json } from "../api/types";
import type { WidgetProps } from "./Field";

export function JsonField({ value, label, set, isDefault }: WidgetProps) {
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const commit = (text: string): void => {
    try {
      const found = (text.trim() === "" ? null : JSON.parse(text)) as Json;
      setDraft(null);
      setWrong(false);
      if (JSON.stringify(found) !== JSON.stringify(value ?? null)) set(found);
    } catch {
      setWrong(true);
    }
  };
  return (
    <label className="field line nodrag" data-default={isDefault}>
      <span className="field-label">{label}</span>
      <span className="field-box" data-missing={wrong}>
        <input
          aria-label={label}
          aria-invalid={wrong}
          value={draft ?? (value == null ? "" : JSON.stringify(value))}
          placeholder="none"
          spellCheck={false}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={(event) => draft !== null && commit(event.target.value)}
          onKeyDown={(event) =>
            event.key === "Enter" && !event.nativeEvent.isComposing && commit(event.currentTarget.value)
          }
        />
      </span>
    </label>
  );
}
