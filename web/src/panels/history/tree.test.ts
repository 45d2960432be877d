import { expect, it } from "vitest";
import type { StateStep } from "../../api/types";
import { rowsOf, type TreeRow } from "./tree";
import { whoText } from "./who";

const step = (state: number, parent: number | null, more: Partial<StateStep> = {}): StateStep => ({
  state,
  parent,
  client: "me",
  kind: "edit",
  at: state * 1000,
  did: [`set input cfg.n${state}`],
  value: null,
  looks: false,
  ...more,
});

const NONE: ReadonlyMap<number, string> = new Map();
const rows = (steps: StateStep[], now: number, turned: string[] = [], pictures = NONE): TreeRow[] =>
  rowsOf({ steps, now, pictures, turned: new Set(turned) });
const drawn = (all: TreeRow[]): string[] =>
  all.map((one) => `${one.level} ${one.kind === "state" ? one.step.state : `…${one.count}`}`);

/** 1 ─ 2 ─ 3 (undone) and 2 ─ 7 ─ 8; of 3 came 5, of 7 came 9, which is the newest. */
const BRANCHED = [step(1, null), step(2, 1), step(3, 2), step(5, 3), step(7, 2), step(8, 7), step(9, 7)];

it("the newest branch goes on, the others stand below where they begin, further in", () => {
  const all = rows(BRANCHED, 3);
  expect(drawn(all)).toEqual(["1 1", "1 2", "2 3", "2 5", "1 7", "2 8", "1 9"]);
  expect(all.map((one) => `${one.at}/${one.of}`)).toEqual(["1/4", "2/4", "1/2", "2/2", "3/4", "1/1", "4/4"]);
  expect(all.map((one) => one.open)).toEqual([
    undefined,
    true,
    undefined,
    undefined,
    true,
    undefined,
    undefined,
  ]);
  expect(all.find((one) => one.kind === "state" && one.now)?.key).toBe("s3");
  expect(drawn(rows(BRANCHED, 9, ["s2"]))).toEqual(["1 1", "1 2", "1 7", "2 8", "1 9"]);
});

it("where one is does not move the branches", () => {
  expect(drawn(rows(BRANCHED, 5))).toEqual(drawn(rows(BRANCHED, 9)));
});

it("the same thing many times in a row is one row, from the first value to the last, and can be opened", () => {
  const drag = [7, 6, 5].map((value, at) =>
    step(at + 2, at + 1, { did: ["set input cfg.scale"], value: [value + 1, value], at: 10 + at }),
  );
  const all = rows([step(1, null, { kind: "create", did: [] }), ...drag], 4);
  expect(all.map((one) => one.kind === "state" && one.text)).toEqual(["Began", "Set cfg.scale 8 → 5"]);
  expect(drawn(rows([step(1, null), ...drag], 4, ["s4"]))).toEqual(["1 1", "1 4", "2 2", "2 3"]);
  expect(drawn(rows([step(1, null), ...drag], 3)), "where one is has a row of its own").toEqual([
    "1 1",
    "1 3",
    "1 4",
  ]);
  const seen = new Map([[2, "sha256:x"]]);
  expect(drawn(rows([step(1, null), ...drag], 4, [], seen)), "and what a run made").toEqual([
    "1 1",
    "1 2",
    "1 4",
  ]);
});

it("a long old value is left out, so that the new one is seen", () => {
  const value: [string, string] = ["a red circle on a blue background", "a star"];
  const all = rows([step(1, null), step(2, 1, { did: ["set input positive.text"], value })], 2);
  expect(all.map((one) => one.kind === "state" && one.text).at(-1)).toBe("Set positive.text → a star");
});

it("long runs in which nothing happened are folded, what leads to a picture is not", () => {
  const line = Array.from({ length: 40 }, (_, at) => step(at + 1, at === 0 ? null : at));
  const all = rows(line, 40, [], new Map([[20, "sha256:x"]]));
  expect(drawn(all)).toEqual(["1 1", "1 2", "1 …16", "1 19", "1 20", "1 …18", "1 39", "1 40"]);
  expect(rows(line, 40, ["f3"], new Map([[20, "sha256:x"]])).filter((one) => one.level === 2)).toHaveLength(
    16,
  );
});

it("ten thousand states take no time", () => {
  const line = Array.from({ length: 10_000 }, (_, at) =>
    step(at + 1, at === 0 ? null : at % 50 === 49 ? at - 3 : at, { did: [`move n${at}`] }),
  );
  const begin = performance.now();
  expect(rows(line, 10_000).length).toBeGreaterThan(100);
  expect(performance.now() - begin).toBeLessThan(1500);
});

it("who it was, in words", () => {
  expect(
    ["me", "bob~12", "http", "0123456789abcdef01234567", "alice's script"].map((one) => whoText(one, "me")),
  ).toEqual(["you", "bob", "a program", "another tab", "alice's script"]);
});
