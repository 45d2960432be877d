import { expect, test } from "vitest";
import type { OutputSummary, RunEvent } from "./events";
import { gather, type Recalled } from "./recall";

const output = (shape: number[]): OutputSummary => ({
  name: "out",
  type: "Latent",
  shape,
  dtype: "float32",
  bytes: 64,
  text: null,
});
const head = { id: 1, run: "r", number: 1, time: 0 };
const done = (node: string, shape: number[]): RunEvent => ({
  ...head,
  event: "NodeDone",
  node,
  seconds: 1,
  outputs: [output(shape)],
});

test("newer runs win, older ones fill in what was cached", () => {
  const found = new Map<string, Recalled>();
  gather(
    found,
    [done("a", [1]), { ...head, event: "NodeFailedEvent", node: "b", message: "no", detail: "at 7" }],
    true,
  );
  gather(found, [done("a", [9]), done("c", [3])], false);
  expect(found.get("a")?.outputs[0]?.shape).toEqual([1]);
  expect(found.get("c")?.outputs[0]?.shape).toEqual([3]);
  expect(found.get("b")?.detail).toBe("at 7");
});

test("of a loop's body the last step counts; an old failure does not", () => {
  const found = new Map<string, Recalled>();
  gather(found, [done("a", [1]), done("a", [2])], true);
  gather(found, [{ ...head, event: "NodeFailedEvent", node: "x", message: "no", detail: "old" }], false);
  expect(found.get("a")?.outputs[0]?.shape).toEqual([2]);
  expect(found.has("x")).toBe(false);
});
