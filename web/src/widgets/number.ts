/** Numbers as people enter them: steps, limits, digits. Pure. */
import type { Schema } from "../graph/registry";

export interface NumberRules {
  integer: boolean;
  min: number;
  max: number;
  step: number;
  unit: string;
}

export function rulesOf(schema: Schema | null): NumberRules {
  const integer = schema?.type === "integer";
  const min = schema?.minimum ?? schema?.exclusiveMinimum ?? Number.NEGATIVE_INFINITY;
  const max = schema?.maximum ?? schema?.exclusiveMaximum ?? Number.POSITIVE_INFINITY;
  const hint = schema?.["x-loom"];
  return { integer, min, max, step: hint?.step ?? (integer ? 1 : 0.05), unit: hint?.unit ?? "" };
}

/** A number within the limits, on the grid of a step where one is asked for. */
export function clamp(value: number, rules: NumberRules): number {
  const whole = rules.integer ? Math.round(value) : value;
  return Math.min(rules.max, Math.max(rules.min, whole));
}

/** Steps up or down, without the noise of binary fractions: 0.1 + 0.2 is 0.3 here. */
export function stepped(value: number, steps: number, rules: NumberRules, factor = 1): number {
  const by = rules.integer ? Math.max(1, Math.round(rules.step * factor)) : rules.step * factor;
  const digits = Math.max(0, Math.ceil(-Math.log10(by)) + 1);
  return clamp(Number((value + steps * by).toFixed(Math.min(12, digits))), rules);
}

export function numberText(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}

/** What was typed, as a number; null if it is none. A comma is a decimal point. */
export function parseNumber(text: string, rules: NumberRules): number | null {
  const found = Number(text.trim().replace(",", "."));
  return text.trim() === "" || !Number.isFinite(found) ? null : clamp(found, rules);
}
