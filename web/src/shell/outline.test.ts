import { expect, test } from "vitest";
import { outlineOf } from "./outline";

const DOCUMENT = {
  format: 1,
  nodes: {
    b: { type: "image.save@1" },
    a: { type: "mask.ellipse@1" },
    loop: { type: "flow.loop@1" },
    inner: { type: "guidance.cfg@1", in: "loop" },
  },
  ui: {
    positions: {
      a: [0, 0] as [number, number],
      loop: [10, 0] as [number, number],
      b: [20, 0] as [number, number],
    },
  },
};

test("loops hold what is in them, in reading order", () => {
  const rows = outlineOf(DOCUMENT, new Set());
  expect(rows.map((one) => [one.id, one.level])).toEqual([
    ["a", 1],
    ["loop", 1],
    ["inner", 2],
    ["b", 1],
  ]);
  expect(rows[1]).toMatchObject({ at: 2, of: 3, frame: true });
});

test("a closed loop hides what is in it", () => {
  expect(outlineOf(DOCUMENT, new Set(["loop"])).map((one) => one.id)).toEqual(["a", "loop", "b"]);
});
