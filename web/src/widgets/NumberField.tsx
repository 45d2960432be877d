/** A number: drag over it, type it, or use the arrow keys (Shift: ten times, Alt: a tenth). */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import type { WidgetProps } from "./Field";
import { plainSchema } from "./kind";
import { numberText, parseNumber, rulesOf, stepped } from "./number";

const DRAG_STEP = 5; // pixels a step

export function NumberField({ input, value, isDefault, label, set }: WidgetProps) {
  const rules = rulesOf(plainSchema(input.schema));
  const field = useRef<HTMLInputElement>(null);
  const [draft, setDraft] = useState<string | null>(null);
  const drag = useRef<{ x: number; from: number; moved: boolean; now: number } | null>(null);
  const number = typeof value === "number" ? value : null;
  const shown = draft ?? (number === null ? curveText(value) : numberText(number));

  const commit = (text: string): void => {
    const found = parseNumber(text, rules);
    setDraft(null);
    if (found !== null && found !== number) set(found);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>): void => {
    const factor = event.shiftKey ? 10 : event.altKey ? 0.1 : 1;
    if (event.key === "ArrowUp" || event.key === "ArrowDown") {
      event.preventDefault();
      const from = parseNumber(shown, rules) ?? number ?? 0;
      setDraft(null);
      set(stepped(from, event.key === "ArrowUp" ? 1 : -1, rules, factor));
    } else if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      commit(event.currentTarget.value);
      event.currentTarget.select();
    } else if (event.key === "Escape") {
      setDraft(null);
      event.currentTarget.blur();
    }
  };
  const onPointerDown = (event: PointerEvent<HTMLInputElement>): void => {
    if (event.button !== 0 || document.activeElement === event.currentTarget || number === null) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, from: number, moved: false, now: number };
  };
  const onPointerMove = (event: PointerEvent<HTMLInputElement>): void => {
    const held = drag.current;
    if (held === null) return;
    const steps = Math.trunc((event.clientX - held.x) / DRAG_STEP);
    if (!held.moved && steps === 0) return;
    held.moved = true;
    held.now = stepped(held.from, steps, rules, event.shiftKey ? 10 : event.altKey ? 0.1 : 1);
    setDraft(numberText(held.now));
  };
  const onPointerUp = (): void => {
    const held = drag.current;
    drag.current = null;
    if (held === null) return;
    if (held.moved) {
      setDraft(null);
      if (held.now !== held.from) set(held.now);
    } else {
      field.current?.focus();
      field.current?.select();
    }
  };
  const span = rules.max - rules.min;
  const filled =
    Number.isFinite(span) && span > 0 && number !== null
      ? ((parseNumber(shown, rules) ?? number) - rules.min) / span
      : null;
  return (
    <label className="field number nodrag" data-default={isDefault}>
      <span className="field-label">{label}</span>
      <span className="field-box">
        {filled !== null && input.schema?.["x-loom"]?.widget === "slider" && (
          <span className="number-fill" style={{ transform: `scaleX(${filled})` }} />
        )}
        <input
          ref={field}
          inputMode={rules.integer ? "numeric" : "decimal"}
          role="spinbutton"
          aria-label={label}
          aria-valuenow={number ?? undefined}
          aria-valuemin={Number.isFinite(rules.min) ? rules.min : undefined}
          aria-valuemax={Number.isFinite(rules.max) ? rules.max : undefined}
          value={shown}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={(event) => draft !== null && drag.current === null && commit(event.target.value)}
          onKeyDown={onKeyDown}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={onPointerUp}
          onPointerCancel={() => {
            drag.current = null;
            setDraft(null);
          }}
        />
        {rules.unit !== "" && <span className="field-unit">{rules.unit}</span>}
      </span>
    </label>
  );
}

function curveText(value: unknown): string {
  return typeof value === "object" && value !== null && "curve" in value
    ? "curve"
    : value == null
      ? ""
      : String(value);
}
