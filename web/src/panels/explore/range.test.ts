import { describe, expect, it } from "vitest";
import type { InputSpec, Schema } from "../../graph/registry";
import { suggested, valuesOf } from "./range";

const input = (schema: Schema, typeText = "float"): InputSpec => ({
  name: "x",
  type: { kind: "unknown" },
  typeText,
  socket: false,
  required: true,
  many: false,
  schema,
  default: undefined,
});
const number = input({ type: "number", minimum: 0, maximum: 30 });
const integer = input({ type: "integer", minimum: 1 });
const text = input({ type: "string", "x-loom": { widget: "multiline" } });
const choice = input({ enum: ["euler", "ddim"] });

describe("a range", () => {
  it("goes from one number to another, in so many values or by so much", () => {
    expect(valuesOf("1..7 in 4", number)).toEqual([1, 3, 5, 7]);
    expect(valuesOf("0 to 1 by 0.25", number)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(valuesOf("3..1", number)).toEqual([3, 2, 1]);
    expect(valuesOf("0.5..2", number)).toEqual([0.5, 1, 1.5, 2]);
  });
  it("of whole numbers has whole numbers, each once", () => {
    expect(valuesOf("1..3 in 5", integer)).toEqual([1, 2, 3]);
  });
  it("can be the values themselves", () => {
    expect(valuesOf("1, 7.5 ,3", number)).toEqual([1, 7.5, 3]);
    expect(valuesOf("a red, round thing\n\na star", text)).toEqual(["a red, round thing", "a star"]);
    expect(valuesOf("ddim", choice)).toEqual(["ddim"]);
  });
  it("says what is wrong with it", () => {
    expect(() => valuesOf("1..30 in 40", number)).toThrow("1 to 32 values");
    expect(() => valuesOf("20..40 in 3", number)).toThrow("40 is more than 30");
    expect(() => valuesOf("a, b", number)).toThrow("a is no number");
    expect(() => valuesOf("euler, heun", choice)).toThrow("heun is not one of euler, ddim");
  });
  it("is suggested around what stands there", () => {
    expect(valuesOf(suggested(number, 3), number)).toEqual([1.5, 3, 4.5, 6]);
    expect(suggested(input({}, "Rng"), 7)).toBe("7..10");
  });
});
