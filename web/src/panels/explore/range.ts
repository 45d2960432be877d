/** Ranges that people write: `1..7`, `1..7 in 4`, `1..7 by 2`, or the values themselves with commas. Pure. */
import type { InputSpec } from "../../graph/registry";
import { plainSchema, widgetKind } from "../../widgets/kind";
import { numberText, rulesOf } from "../../widgets/number";

export type Value = string | number | boolean;
export const MOST_VALUES = 32;

/** The values of a range, as an input takes them. Throws an `Error` that says what is wrong. */
export function valuesOf(text: string, input: InputSpec): Value[] {
  const kind = widgetKind(input);
  const schema = plainSchema(input.schema);
  if (kind === "toggle") return listed(text).map((one) => one === "true" || one === "yes" || one === "on");
  if (kind === "choice" || kind === "text" || kind === "line" || kind === "model" || kind === "image") {
    const values = kind === "text" ? byLine(text) : listed(text);
    const wrong = schema?.enum === undefined ? undefined : values.find((one) => !schema.enum?.includes(one));
    if (wrong !== undefined) throw new Error(`${wrong} is not one of ${schema?.enum?.join(", ")}`);
    return counted(values);
  }
  if (kind !== "number" && kind !== "seed") throw new Error(`${input.name} takes no range`);
  const rules = rulesOf(schema);
  const integer = kind === "seed" || rules.integer;
  const numbers = numbersOf(text).map((one) => (integer ? Math.round(one) : Number(one.toPrecision(7))));
  for (const one of numbers) {
    if (one < rules.min) throw new Error(`${numberText(one)} is less than ${rules.min}`);
    if (one > rules.max) throw new Error(`${numberText(one)} is more than ${rules.max}`);
  }
  return counted([...new Set(numbers)]);
}

const RANGE = /^(-?[\d.]+)\s*(?:\.\.|…|to)\s*(-?[\d.]+)(?:\s*(in|by)\s*([\d.]+))?$/;

function numbersOf(text: string): number[] {
  const range = RANGE.exec(text.trim());
  if (range === null) {
    return listed(text).map((one) => {
      const found = Number(one);
      if (one === "" || !Number.isFinite(found)) throw new Error(`${one || "nothing"} is no number`);
      return found;
    });
  }
  const [from, to] = [Number(range[1]), Number(range[2])];
  const how = range[4] === undefined ? null : Number(range[4]);
  const whole = Number.isInteger(from) && Number.isInteger(to) && Math.abs(to - from) < MOST_VALUES;
  const count =
    range[3] === "by"
      ? Math.floor(Math.abs(to - from) / (how ?? 1) + 1e-9) + 1
      : (how ?? (whole ? Math.abs(to - from) + 1 : 4));
  if (!Number.isInteger(count) || count < 1 || count > MOST_VALUES)
    throw new Error(`a range has 1 to ${MOST_VALUES} values`);
  if (range[3] === "by")
    return Array.from({ length: count }, (_, at) => from + Math.sign(to - from) * at * (how ?? 1));
  return Array.from({ length: count }, (_, at) =>
    count === 1 ? from : from + ((to - from) * at) / (count - 1),
  );
}

/** A range around what stands there, to begin with. */
export function suggested(input: InputSpec, value: unknown): string {
  const kind = widgetKind(input);
  const schema = plainSchema(input.schema);
  if (kind === "toggle") return "true, false";
  if (kind === "choice") return (schema?.enum ?? []).slice(0, 4).join(", ");
  if (kind === "seed") {
    const from = typeof value === "number" ? value : 1;
    return `${from}..${from + 3}`;
  }
  if (kind !== "number") return typeof value === "string" ? value : "";
  const rules = rulesOf(schema);
  const now = typeof value === "number" ? value : 1;
  const low = Math.max(rules.min, now === 0 ? 0 : now / 2);
  const high = Math.min(rules.max, now === 0 ? 1 : now * 2);
  const text = (one: number): string =>
    numberText(rules.integer ? Math.round(one) : Number(one.toPrecision(3)));
  return `${text(low)}..${text(high)} in 4`;
}

function listed(text: string): string[] {
  return text.split(",").map((one) => one.trim());
}

function byLine(text: string): string[] {
  return text
    .split("\n")
    .map((one) => one.trim())
    .filter((one) => one !== "");
}

function counted<T>(values: T[]): T[] {
  if (values.length === 0) throw new Error("at least one value");
  if (values.length > MOST_VALUES) throw new Error(`at most ${MOST_VALUES} values`);
  return values;
}

export function valueLabel(value: Value): string {
  return typeof value === "number" ? numberText(value) : String(value);
}
