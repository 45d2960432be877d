import { expect, test } from "vitest";
import type { NodeTime, RunTimes } from "../api/types";
import { heatOf, levelOf, ranked, scaleOf, tookText } from "./heat";

function time(seconds: number, more: Partial<NodeTime> = {}): NodeTime {
  return { seconds, calls: 1, run: "last", cached: 0, saved: 0, steps: null, ...more };
}

function times(nodes: Record<string, NodeTime>): RunTimes {
  return { run: "last", started: 0, seconds: 9, nodes };
}

test("the classes are half a decade each, and the dearest node is in the last", () => {
  expect(scaleOf(1.2).bounds).toEqual([0.01, 0.03, 0.1, 0.3, 1]);
  expect(scaleOf(0.9).bounds).toEqual([0.003, 0.01, 0.03, 0.1, 0.3]);
  for (const most of [0.0004, 0.02, 0.31, 1.001, 2.9, 3.2, 47, 1e4]) {
    const scale = scaleOf(most);
    expect(levelOf(scale, most)).toBe(5);
    expect(levelOf(scale, most / 1000)).toBe(0);
    const levels = [1, 0.3, 0.1, 0.03, 0.01, 0.003].map((part) => levelOf(scale, most * part));
    expect(levels).toEqual([...levels].sort((a, b) => b - a));
  }
});

test("what the last run did comes first in its order, what the cache saved after it", () => {
  const map = heatOf(
    times({
      encode: time(0.4, { run: "earlier", cached: 1, saved: 0.4 }),
      unet: time(2, { calls: 8, cached: 12, saved: 3 }),
      decode: time(0.3),
      loop: time(2, { calls: 8, steps: [{ index: 12, seconds: 0.25 }] }),
      unused: time(5, { run: "earlier" }),
    }),
    "",
  );
  expect(ranked(map).spent.map(([id]) => id)).toEqual(["unused", "unet", "decode"]);
  expect(ranked(map).saved.map(([id]) => id)).toEqual(["encode"]);
  expect([...map.nodes].map(([id, one]) => [id, one.whose])).toEqual([
    ["encode", "cached"],
    ["unet", "part"],
    ["decode", "run"],
    ["loop", "run"],
    ["unused", "earlier"],
  ]);
  expect(map.spent).toBeCloseTo(2.3); // the loop is its nodes, and what the run did not do is not in it
  expect(map.saved).toBeCloseTo(3.4);
});

test("a use of a subgraph is its nodes together, and opened it shows them", () => {
  const told = times({
    "use/a": time(1),
    "use/loop": time(2, { steps: [] }),
    "use/deep/b": time(2, { run: "before", cached: 1, saved: 2 }),
    other: time(0.5),
  });
  const outside = heatOf(told, "");
  expect([...outside.nodes.keys()]).toEqual(["use", "other"]);
  expect(outside.nodes.get("use")).toMatchObject({ seconds: 3, whose: "part", saved: 2 });
  expect([...heatOf(told, "use/").nodes.keys()]).toEqual(["a", "loop", "deep"]);
});

test.each([
  [0.0000123, "< 1 ms"],
  [0.0062, "6.2 ms"],
  [0.0618, "61.8 ms"],
  [0.9994, "999 ms"],
  [0.9996, "1.00 s"],
  [12.345, "12.3 s"],
  [99.97, "1 min 40 s"],
  [119.7, "2 min 0 s"],
  [3723, "1 h 2 min"],
])("%d seconds are %s", (seconds, text) => {
  expect(tookText(seconds)).toBe(text);
});
