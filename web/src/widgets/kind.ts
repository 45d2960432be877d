/** Which widget shows an input's literal: decided by its type, its JSON Schema and the hints in `x-loom`. */
import type { InputSpec, Schema } from "../graph/registry";

export type WidgetKind =
  | "seed"
  | "number"
  | "toggle"
  | "choice"
  | "model"
  | "image"
  | "text"
  | "line"
  | "json";

/** null: the input takes links alone. */
export function widgetKind(input: InputSpec): WidgetKind | null {
  if (input.typeText === "Rng") return "seed";
  const schema = plainSchema(input.schema);
  if (schema === null) return null;
  const hint = input.schema?.["x-loom"] ?? schema["x-loom"];
  if (hint?.source === "models") return "model";
  if (hint?.source === "inputs") return "image";
  if (schema.enum !== undefined) return "choice";
  if (schema.type === "number" || schema.type === "integer") return "number";
  if (schema.type === "boolean") return "toggle";
  if (schema.type === "string") return hint?.widget === "multiline" ? "text" : "line";
  return input.socket ? null : "json";
}

/** The schema without `null`: of `anyOf`, the one alternative that is left; null if there is nothing to write. */
export function plainSchema(schema: Schema | null): Schema | null {
  if (schema === null || schema.type === "null") return null;
  if (schema.anyOf === undefined) return schema;
  const kept = schema.anyOf.filter((one) => one.type !== "null");
  if (kept.length === 0) return null;
  const simple = kept.find((one) => one.type === "string" || one.type === "number");
  return kept.length === 1 ? (kept[0] as Schema) : (simple ?? schema);
}

export function isNullable(input: InputSpec): boolean {
  return input.schema?.anyOf?.some((one) => one.type === "null") ?? input.schema?.type === "null";
}
