import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { apply, freeName, Refused } from "./apply";
import { replayed } from "./changes";
import type { Operation } from "./operations";

const START: WorkflowDocument = {
  format: 1,
  nodes: {
    a: { type: "value.int@1", inputs: { value: 1 } },
    b: { type: "int.add@1", inputs: { left: { from: "a" }, right: 2 } },
    loop: {
      type: "flow.loop@1",
      inputs: { over: [1, 2] },
      carry: { x: { first: { from: "a" }, next: { from: "c" } } },
    },
    c: { type: "int.add@1", in: "loop", inputs: { left: { from: "loop.x" }, right: { from: "loop.item" } } },
  },
  interface: { inputs: { number: { to: "a.value" } }, outputs: { sum: { from: "b" } } },
  ui: { positions: { a: [0, 0], b: [300, 0] }, groups: [{ id: "g", nodes: ["a", "b"] }], notes: [] },
};

const after = (...operations: Operation[]): WorkflowDocument => apply(START, operations).document;

describe("operations on a document", () => {
  it("lead to the document that their changes lead to", () => {
    const { document, changes } = apply(START, [
      { op: "rename_node", node: "a", to: "first" },
      { op: "set_input", node: "b", input: "right", value: 3 },
      { op: "remove_node", node: "c" },
    ]);
    expect(replayed(START, changes)).toEqual(document);
  });

  it("leave the document they were given as it was", () => {
    const before = structuredClone(START);
    after({ op: "remove_node", node: "a" }, { op: "move", positions: { b: [1, 2] } });
    expect(START).toEqual(before);
  });

  it("share what they do not touch", () => {
    const made = after({ op: "set_input", node: "a", input: "value", value: 5 });
    expect(made.nodes.b).toBe(START.nodes.b);
    expect(made.ui).toBe(START.ui);
  });

  it("take links, carry, interface and groups along with a name", () => {
    const made = after({ op: "rename_node", node: "a", to: "first" });
    expect(made.nodes.b?.inputs?.left).toEqual({ from: "first" });
    expect(made.nodes.loop?.carry?.x?.first).toEqual({ from: "first" });
    expect(made.interface?.inputs?.number).toEqual({ to: "first.value" });
    expect(made.ui?.groups?.[0]?.nodes).toEqual(["first", "b"]);
    expect(made.ui?.positions).toEqual({ first: [0, 0], b: [300, 0] });
  });

  it("take links to a node away with it", () => {
    const made = after({ op: "remove_node", node: "a" });
    expect(made.nodes.b?.inputs).toEqual({ right: 2 });
    expect(made.nodes.loop?.carry?.x).toEqual({ next: { from: "c" } });
    expect(made.interface?.inputs).toEqual({});
    expect(made.ui?.groups?.[0]?.nodes).toEqual(["b"]);
  });

  it("let what was in a loop go free when the loop goes", () => {
    expect(after({ op: "remove_node", node: "loop" }).nodes.c).toEqual({ type: "int.add@1", inputs: {} });
  });

  it("append to an input that takes many, and take one link of it", () => {
    const many = after(
      { op: "link", node: "b", input: "left", source: "c", append: true },
      { op: "unlink", node: "b", input: "left", source: "a" },
    );
    expect(many.nodes.b?.inputs?.left).toEqual([{ from: "c" }]);
  });

  it("paste under names that are free, with the links inside following", () => {
    const made = after({
      op: "paste",
      nodes: { a: { type: "value.int@1" }, b: { type: "int.add@1", inputs: { left: { from: "a" } } } },
      positions: { a: [5, 5] },
      offset: [10, 10],
    });
    expect(made.nodes.b_2?.inputs?.left).toEqual({ from: "a_2" });
    expect(made.ui?.positions?.a_2).toEqual([15, 15]);
  });

  it("are refused where they make no sense", () => {
    const senseless: Operation[] = [
      { op: "remove_node", node: "nobody" },
      { op: "rename_node", node: "a", to: "b" },
      { op: "link", node: "b", input: "left", source: "nobody" },
      { op: "set_frame", nodes: ["a"], frame: "b" },
      { op: "unlink", node: "b", input: "right" },
      { op: "add_node", node: "a", body: { type: "value.int@1" } },
      { op: "edit_note", note: "nobody", body: { text: "x" } },
    ];
    for (const operation of senseless) expect(() => after(operation), operation.op).toThrow(Refused);
  });

  it("count names up", () => {
    expect(freeName("a", new Set(["a", "a_2"]))).toBe("a_3");
    expect(freeName("a_2", new Set(["a", "a_2"]))).toBe("a_3");
  });
});
