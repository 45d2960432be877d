import { expect, test } from "vitest";
import type { Problem } from "../api/types";
import type { WorkflowDocument } from "../graph/document";
import { placeOf, placeTitle, problemOf } from "./problems";

const part: WorkflowDocument = {
  format: 1,
  nodes: { mask: { type: "mask.ellipse@1" }, picture: { type: "mask.to_image@1" } },
  interface: { inputs: { left: { to: ["mask.left", "mask.top"] } }, outputs: { out: { from: "picture" } } },
  ui: { nodes: { picture: { title: "Painting" } } },
};
const outer: WorkflowDocument = {
  format: 1,
  nodes: { inner: { type: "part", inputs: { left: 3 } } },
  interface: { inputs: { near: { to: "inner.left" } } },
};
const whole: WorkflowDocument = {
  format: 1,
  nodes: {
    one: { type: "part", inputs: { left: "a" } },
    two: { type: "part" },
    deep: { type: "outer", inputs: { near: 4 } },
  },
  subgraphs: { part, outer },
};
const problem = (node: string, input: string | null, message = "wrong"): Problem => ({
  node,
  input,
  message,
});

test("a value that a use gives is mended there, one from inside is mended inside", () => {
  expect(placeOf(whole, problem("one/mask", "left"))).toEqual({ id: "one", input: "left" });
  expect(placeOf(whole, problem("one/mask", "top"))).toEqual({ id: "one", input: "left" });
  expect(placeOf(whole, problem("two/mask", "left"))).toEqual({ id: "two/mask", input: "left" });
  expect(placeOf(whole, problem("one/mask", "width"))).toEqual({ id: "one/mask", input: "width" });
  expect(placeOf(whole, problem("deep/inner/mask", "left"))).toEqual({ id: "deep", input: "near" });
  expect(placeOf(whole, { message: "no nodes" })).toBeNull();
});

test("a node inside has its problem, and the uses around it tell of it", () => {
  const problems = [problem("deep/inner/picture", "mask", "missing"), problem("one/mask", "left")];
  expect(problemOf(problems, whole, "deep/inner/picture")).toEqual({ message: "missing", input: "mask" });
  const told = { message: "Deep › Inner › Painting · mask: missing", input: null };
  expect(problemOf(problems, whole, "deep/inner")).toEqual(told);
  expect(problemOf(problems, whole, "deep")).toEqual(told);
  expect(problemOf(problems, whole, "one")).toEqual({ message: "wrong", input: "left" });
  expect(problemOf(problems, whole, "two")).toBeNull();
  expect(problemOf(problems, whole, "deep")).toBe(problemOf(problems, whole, "deep")); // for selectors
});

test("a way that leads nowhere is shown as it is", () => {
  expect(placeTitle(whole, { id: "gone/mask", input: null })).toBe("gone/mask");
  expect(placeOf(whole, problem("gone/mask", "left"))).toEqual({ id: "gone/mask", input: "left" });
});
