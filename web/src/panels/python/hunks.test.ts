import { describe, expect, it } from "vitest";
import { hunks, merged, pieces } from "./hunks";

const base = ["one", "two", "three", "four", "five"].join("\n");
const lines = (...all: string[]): string => all.join("\n");

function done(text: string, after: string): string {
  let made = text;
  for (const { from, to, insert } of pieces(text, after).toReversed())
    made = made.slice(0, from) + insert + made.slice(to);
  return made;
}

describe("what differs between two texts", () => {
  it("is nothing between equal ones", () => expect(hunks(base, base)).toEqual([]));
  it("is said by lines", () =>
    expect(hunks(base, lines("one", "2", "three", "four", "4½", "five"))).toEqual([
      { from: 1, to: 2, lines: ["2"] },
      { from: 4, to: 4, lines: ["4½"] },
    ]));
  it("leads from the one to the other by no character more than differs", () => {
    expect(pieces("steps=20, x", "steps=25, x")).toEqual([{ from: 7, to: 8, insert: "5" }]);
    const words = ["a", "b", "", "a b", "c"];
    let seed = 1;
    const random = (below: number): number => {
      seed = (seed * 48271) % 2147483647;
      return seed % below;
    };
    const text = (): string =>
      Array.from({ length: random(7) }, () => words[random(words.length)]).join("\n");
    for (let round = 0; round < 2000; round += 1) {
      const [from, to] = [text(), text()];
      expect(done(from, to), JSON.stringify([from, to])).toBe(to);
    }
  });
});

describe("a text that two have changed", () => {
  it("has the changes of both", () =>
    expect(
      merged(base, lines("ONE", "two", "three", "four", "five"), lines("one", "two", "three", "four", "5")),
    ).toEqual({ text: lines("ONE", "two", "three", "four", "5"), conflict: false }));
  it("has theirs where both changed a line, and says so", () =>
    expect(
      merged(base, base.replace("two", "mine").replace("five", "my 5"), base.replace("two", "theirs")),
    ).toEqual({ text: base.replace("two", "theirs").replace("five", "my 5"), conflict: true }));
  it("is no conflict where both changed it alike", () =>
    expect(merged(base, base.replace("two", "2"), base.replace("two", "2"))).toEqual({
      text: base.replace("two", "2"),
      conflict: false,
    }));
  it("keeps a comment beside a line that they changed", () =>
    expect(merged(base, base.replace("four", "four\n# mine"), base.replace("two", "2")).text).toBe(
      base.replace("two", "2").replace("four", "four\n# mine"),
    ));
});
