import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { apply } from "./apply";
import { equal, saysSame, towards } from "./towards";

const document: WorkflowDocument = {
  format: 1,
  name: "one",
  nodes: {
    a: { type: "t.make@1", inputs: { size: 3 } },
    loop: {
      type: "flow.loop@1",
      inputs: { over: [1, 2] },
      carry: { s: { first: { from: "a" }, next: { from: "b" } } },
      collect: { all: { from: "b" } },
      until: { from: "b" },
    },
    b: { type: "t.inc@1", in: "loop", inputs: { a: { from: "loop.s" } } },
    c: { type: "t.save@1", inputs: { a: { from: "loop.s" }, all: [{ from: "a" }, { from: "loop.all" }] } },
  },
  interface: { inputs: { size: { to: "a.size" } }, outputs: { end: { from: "c" } } },
  ui: {
    positions: { a: [0, 0], b: [1, 1], loop: [2, 2], c: [3, 3] },
    nodes: { loop: { title: "Steps" } },
    groups: [{ id: "g", nodes: ["a", "c"] }],
  },
};

function changed(change: (draft: WorkflowDocument) => void): WorkflowDocument {
  const draft = structuredClone(document);
  change(draft);
  return draft;
}

const node = (draft: WorkflowDocument, name: string) =>
  draft.nodes[name] as WorkflowDocument["nodes"][string];

describe("the way from one document to another", () => {
  const ways: [string, (draft: WorkflowDocument) => void, string[]][] = [
    ["a value", (to) => Object.assign(node(to, "a").inputs ?? {}, { size: 4 }), ["set_input"]],
    [
      "the name and what it is",
      (to) => Object.assign(to, { name: "two", description: "More." }),
      ["set_meta", "set_meta"],
    ],
    [
      "what a loop gathers and when it ends",
      (to) => {
        node(to, "loop").collect = {};
        delete node(to, "loop").until;
        node(to, "c").inputs = {};
      },
      ["set_collect", "set_until", "clear_input", "clear_input"],
    ],
    [
      "what a loop carries",
      (to) => {
        delete node(to, "loop").carry;
        node(to, "b").inputs = {};
        node(to, "c").inputs = {};
      },
      ["remove_carry", "clear_input", "clear_input", "clear_input"],
    ],
  ];
  it.each(ways)("%s: is a few operations", (_, change, wanted) => {
    const to = changed(change);
    const operations = towards(document, to);
    expect(operations.map((one) => one.op).sort()).toEqual(wanted.toSorted());
    expect(saysSame(apply(document, operations).document, to)).toBe(true);
  });

  const anew: [string, (draft: WorkflowDocument) => void][] = [
    ["another type", (to) => Object.assign(node(to, "a"), { type: "t.other@1" })],
    ["another type of a loop's", (to) => Object.assign(node(to, "b"), { type: "t.dec@2" })],
    ["a key that is not known", (to) => Object.assign(node(to, "c"), { colour: "red" })],
    [
      "a loop that is half made",
      (to) => Object.assign(node(to, "loop"), { carry: { s: { first: { from: "a" } } } }),
    ],
    ["an end that is no link", (to) => Object.assign(node(to, "loop"), { until: { value: true } })],
  ];
  it.each(anew)("%s: the node goes and comes back, with its place, look and links", (_, change) => {
    const to = changed(change);
    const operations = towards(document, to);
    expect(operations.some((one) => one.op === "replace")).toBe(false);
    expect(equal(apply(document, operations).document, to)).toBe(true);
  });

  it("is none between documents that say the same", () => {
    expect(
      towards(
        document,
        changed((to) => Object.assign(to, { interface: document.interface })),
      ),
    ).toEqual([]);
    const empty = changed((to) => Object.assign(node(to, "a"), { carry: {} }));
    expect(saysSame(document, empty)).toBe(true);
    expect(
      saysSame(
        document,
        changed((to) => Object.assign(node(to, "a"), { mode: "mute" })),
      ),
    ).toBe(false);
  });
});
