import { describe, expect, it } from "vitest";
import { numberText, parseNumber, rulesOf, stepped } from "./number";

describe("numbers as people enter them", () => {
  const scale = rulesOf({ type: "number", minimum: 0, maximum: 30, "x-loom": { step: 0.1 } });
  const steps = rulesOf({ type: "integer", minimum: 1, maximum: 1000 });

  it("stay within the limits", () => {
    expect(parseNumber("99", scale)).toBe(30);
    expect(parseNumber("-1", scale)).toBe(0);
    expect(parseNumber("2.6", steps)).toBe(3);
  });

  it("may have a comma, and need be numbers", () => {
    expect(parseNumber("7,5", scale)).toBe(7.5);
    expect(parseNumber("many", scale)).toBeNull();
    expect(parseNumber(" ", scale)).toBeNull();
  });

  it("step without the noise of binary fractions", () => {
    expect(stepped(0.2, 1, scale)).toBe(0.3);
    expect(stepped(7.5, -3, scale)).toBe(7.2);
    expect(stepped(20, 1, steps, 10)).toBe(30);
    expect(stepped(1, -5, steps)).toBe(1);
  });

  it("are shown short", () => {
    expect(numberText(0.1 + 0.2)).toBe("0.3");
    expect(numberText(9007199254740991)).toBe("9007199254740991");
  });
});
