import { describe, expect, it } from "vitest";
import { Template, Unreadable } from "./wildcard";

describe("wildcards, as the node picks them (tests/nodes/test_strings.py)", () => {
  it("are picked by the seed", () => {
    const template = new Template("a {red|green|blue|white} {circle|square|star} on {black|gray}");
    expect([0, 1, 2].map((seed) => template.filled(seed))).toEqual([
      "a red circle on black",
      "a green square on gray",
      "a green square on black",
    ]);
    expect(template.variants).toBe(24);
  });
  it("may hold wildcards", () => {
    const template = new Template("{a {big|small} cat|}");
    expect(template.variants).toBe(3);
    const seen = new Set(Array.from({ length: 40 }, (_, seed) => template.filled(seed)));
    expect(seen).toEqual(new Set(["a big cat", "a small cat", ""]));
  });
  it("are text after a backslash", () => {
    expect(new Template("\\{a\\|b\\} {x\\|y} \\\\ \\n | end").filled(0)).toBe("{a|b} x|y \\ \\n | end");
  });
  it("need both braces", () => {
    expect(() => new Template("a {b|c")).toThrow(Unreadable);
    expect(() => new Template("a } b")).toThrow("the '}' at character 3 has no '{'");
  });
});
