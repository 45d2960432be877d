import { expect, test } from "vitest";
import { following, problemList } from "./problemList";

test("a problem that both tell of is listed once", () => {
  const one = { message: "missing", node: "save", input: "image" };
  expect(problemList([one], [{ ...one }, { message: "other" }])).toEqual([one, { message: "other" }]);
});

test("from one problem to the next, and round", () => {
  expect(following(3, -1, 1)).toBe(0);
  expect(following(3, 2, 1)).toBe(0);
  expect(following(3, 0, -1)).toBe(2);
  expect(following(0, 0, 1)).toBe(-1);
});
