import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { clipOf, pasted } from "../tools/clip";
import { apply } from "./apply";
import { branchAt, pointsOf, straightened } from "./reroutes";
import { made, unpacked } from "./subgraphs";
import { equal, towards } from "./towards";

const document: WorkflowDocument = {
  format: 1,
  nodes: {
    a: { type: "t.make@1", inputs: { size: 3 } },
    b: { type: "t.inc@1", inputs: { a: { from: "a" } } },
    c: { type: "t.inc@1", inputs: { a: { from: "b.second" }, other: { from: "a" } } },
    d: { type: "t.save@1", inputs: { a: { from: "c" }, all: [{ from: "b" }, { from: "a" }] } },
    loop: {
      type: "flow.loop@1",
      inputs: { over: [1] },
      carry: { s: { first: { from: "a" }, next: { from: "e" } } },
      collect: { all: { from: "e" } },
      until: { from: "e.done" },
    },
    e: { type: "t.inc@1", in: "loop", inputs: { a: { from: "loop.s" } } },
  },
  ui: {
    positions: { a: [0, 0], b: [100, 50], c: [200, 20], d: [400, 0] },
    reroutes: [
      {
        id: "r1",
        source: "a",
        links: ["b.inputs.a", "c.inputs.other", "loop.carry.s.first"],
        position: [50, 90],
      },
      { id: "r2", source: "a", links: ["c.inputs.other"], position: [150, 90] },
      { id: "r3", source: "b.second", links: ["c.inputs.a"], position: [170, 60] },
      { id: "r4", source: "c", links: ["d.inputs.a"], position: [300, 10] },
      { id: "r5", source: "e", links: ["loop.carry.s.next", "loop.collect.all"], position: [9, 9] },
      { id: "r6", source: "e.done", links: ["loop.until"], position: [8, 8] },
    ],
  },
};

/** The ids of the points that a link passes. */
function led(of: WorkflowDocument, source: string, end: string): string[] {
  return pointsOf(of)
    .filter((one) => one.source === source && one.links.includes(end))
    .map((one) => one.id);
}

describe("reroutes", () => {
  it("stay where every kind of link is as it was", () => {
    const { document: after } = apply(document, [{ op: "move", positions: { a: [1, 1] } }]);
    expect(after.ui?.reroutes).toBe(document.ui?.reroutes);
  });

  it("go with their links, and only with those", () => {
    const { document: after } = apply(document, [
      { op: "clear_input", node: "c", input: "other" },
      { op: "set_carry", node: "loop", name: "s", end: "first", value: { from: "d" } },
      { op: "set_until", node: "loop", source: null },
    ]);
    expect(pointsOf(after).map((one) => [one.id, one.links])).toEqual([
      ["r1", ["b.inputs.a"]],
      ["r3", ["c.inputs.a"]],
      ["r4", ["d.inputs.a"]],
      ["r5", ["loop.carry.s.next", "loop.collect.all"]],
    ]);
    const { document: less } = apply(document, [{ op: "remove_node", node: "a" }]);
    expect(pointsOf(less).map((one) => one.id)).toEqual(["r3", "r4", "r5", "r6"]);
  });

  it("follow their nodes' names", () => {
    const { document: after } = apply(document, [
      { op: "rename_node", node: "a", to: "first" },
      { op: "rename_node", node: "c", to: "a" },
    ]);
    expect(led(after, "first", "a.inputs.other")).toEqual(["r1", "r2"]);
    expect(led(after, "a", "d.inputs.a")).toEqual(["r4"]);
  });

  it("are put between others, and on links that are there", () => {
    const { document: after } = apply(document, [
      {
        op: "add_reroute",
        reroute: "new",
        source: "a",
        links: ["c.inputs.other"],
        position: [1, 1],
        before: "r2",
      },
    ]);
    expect(led(after, "a", "c.inputs.other")).toEqual(["r1", "new", "r2"]);
    expect(() =>
      apply(document, [
        { op: "add_reroute", reroute: "new", source: "b", links: ["c.inputs.a"], position: [1, 1] },
      ]),
    ).toThrow("there is no link from b to c.inputs.a");
  });

  it("lead a branch the way of the links that pass a point, and a link straight again", () => {
    const linked = apply(document, [{ op: "link", node: "d", input: "new", source: "a" }]).document;
    const { document: after } = apply(linked, branchAt(linked, "r2", "d.inputs.new"));
    expect(led(after, "a", "d.inputs.new")).toEqual(["r1", "r2"]);
    const { document: straight } = apply(after, straightened(after, "a", "c.inputs.other"));
    expect(led(straight, "a", "c.inputs.other")).toEqual([]);
    expect(led(straight, "a", "d.inputs.new")).toEqual(["r1", "r2"]);
  });

  it("go through the clipboard with the links among what is copied", () => {
    const clip = clipOf(document, new Set(["a", "c"]), "here");
    if (clip === null) throw new Error("nothing was copied");
    expect(clip.reroutes.map((one) => [one.id, one.links])).toEqual([
      ["r1", ["c.inputs.other"]],
      ["r2", ["c.inputs.other"]],
    ]);
    const { operations } = pasted(document, clip, { offset: [10, 20], into: "elsewhere" });
    const { document: after } = apply(document, operations);
    const made = pointsOf(after).filter((one) => one.source === "a_2");
    expect(made.map((one) => [one.links, one.position])).toEqual([
      [["c_2.inputs.other"], [60, 110]],
      [["c_2.inputs.other"], [160, 110]],
    ]);
    expect(pointsOf(after).slice(0, 6)).toEqual(document.ui?.reroutes);
  });

  it("go into a subgraph with the links inside it, and lead the others to its use", () => {
    const { document: after, node } = made(document, ["b", "c"], { type: "part", firstOutput: () => "out" });
    expect(pointsOf(after.subgraphs?.part as WorkflowDocument).map((one) => one.id)).toEqual(["r3"]);
    expect(led(after, "a", "part.inputs.a")).toEqual(["r1", "r2"]);
    expect(led(after, "part.out", "d.inputs.a")).toEqual(["r4"]);
    expect(apply(after, []).document).toBe(after);
    const back = unpacked(after, node).document;
    for (const point of document.ui?.reroutes ?? []) {
      for (const end of point.links) expect(led(back, point.source, end)).toContain(point.id);
    }
    expect(back.nodes).toEqual(document.nodes);
  });

  it("are part of the way from one document to another", () => {
    const { document: after } = made(document, ["b", "c"], { type: "part", firstOutput: () => "out" });
    const there = towards(document, after);
    expect(there.some((one) => one.op === "replace")).toBe(false);
    expect(equal(apply(document, there).document, after)).toBe(true);
    expect(equal(apply(after, towards(after, document)).document, document)).toBe(true);
  });

  it("are left out of the way to a document that has points of links that are gone", () => {
    const { c, d, ...nodes } = document.nodes;
    const operations = towards(document, { ...document, nodes });
    expect(pointsOf(apply(document, operations).document).map((one) => [one.id, one.links])).toEqual([
      ["r1", ["b.inputs.a", "loop.carry.s.first"]],
      ["r5", ["loop.carry.s.next", "loop.collect.all"]],
      ["r6", ["loop.until"]],
    ]);
    expect([c, d]).not.toContain(undefined);
  });
});
