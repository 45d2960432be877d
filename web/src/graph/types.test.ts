import { describe, expect, it } from "vitest";
import { connects, essential, fits, parseType, typeText } from "./types";

const fit = (source: string, target: string): boolean => fits(parseType(source), parseType(target));

describe("types of sockets", () => {
  it("are read and written", () => {
    for (const text of [
      "Latent",
      "list[Image]",
      "int | None",
      "'a' | 'b c'",
      "dict[str, list[float] | None]",
      "T",
    ]) {
      expect(typeText(parseType(text))).toBe(text);
    }
  });

  it("fit as the engine says", () => {
    const yes = [
      ["int", "float"],
      ["Image", "Image | None"],
      ["list[int]", "list[float]"],
      ["tuple[Image]", "list[Image]"],
      ["str", "'a' | 'b'"],
      ["'a'", "str"],
      ["Latent", "object"],
      ["Image", "T"],
    ];
    const no = [
      ["float", "int"],
      ["bool", "int"],
      ["Image", "Mask"],
      ["Image | None", "Image"],
      ["list[str]", "list[int]"],
      ["int", "str"],
      ["'c'", "'a' | 'b'"],
    ];
    for (const [source, target] of yes)
      expect(fit(source ?? "", target ?? ""), `${source} → ${target}`).toBe(true);
    for (const [source, target] of no)
      expect(fit(source ?? "", target ?? ""), `${source} → ${target}`).toBe(false);
  });

  it("bind a variable to the wider of two types", () => {
    const bound = new Map();
    expect(fits(parseType("int"), parseType("T"), bound)).toBe(true);
    expect(fits(parseType("float"), parseType("T"), bound)).toBe(true);
    expect(typeText(bound.get("T"))).toBe("float");
    expect(fits(parseType("str"), parseType("T"), bound)).toBe(false);
  });

  it("connect by a declared conversion, in its direction only", () => {
    const conversions = [{ source: parseType("State"), target: parseType("Latent") }];
    expect(connects(parseType("State"), parseType("Latent"), conversions)).toBe(true);
    expect(connects(parseType("Latent"), parseType("State"), conversions)).toBe(false);
  });

  it("are about what is not None", () => {
    expect(typeText(essential(parseType("Residuals | None")))).toBe("Residuals");
  });
});
