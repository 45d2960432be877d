import { expect, test } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { changeText } from "./changes";

const doc = (nodes: WorkflowDocument["nodes"]): WorkflowDocument => ({ format: 1, nodes });
const MASK = { type: "mask.ellipse@1" };
const SAVE = { type: "image.save@1" };

test("nodes that come and go are told", () => {
  expect(changeText(doc({}), doc({ big_mask: MASK }))).toBe("Big mask added.");
  expect(changeText(doc({ mask: MASK, save: SAVE }), doc({}))).toBe("2 nodes removed.");
});

test("links that come and go are told", () => {
  const linked = { ...SAVE, inputs: { image: { from: "mask" } } };
  expect(changeText(doc({ mask: MASK, save: SAVE }), doc({ mask: MASK, save: linked }))).toBe(
    "Mask linked to image of Save.",
  );
  expect(changeText(doc({ mask: MASK, save: linked }), doc({ mask: MASK, save: SAVE }))).toBe(
    "Link to image of Save removed.",
  );
});

test("a value that is typed is not read back", () => {
  const before = doc({ mask: { ...MASK, inputs: { left: 1 } } });
  expect(changeText(before, doc({ mask: { ...MASK, inputs: { left: 12 } } }))).toBeNull();
  expect(changeText(before, before)).toBeNull();
});
