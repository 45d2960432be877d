import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { isFrame, type WorkflowDocument } from "../graph/document";
import { apply, Refused } from "./apply";
import { along, outward } from "./inside";
import { made, unpacked } from "./subgraphs";
import { equal, towards } from "./towards";

const WORKFLOWS = new URL("../../../workflows/", import.meta.url);
const example = (name: string): WorkflowDocument =>
  JSON.parse(readFileSync(new URL(name, WORKFLOWS), "utf8")) as WorkflowDocument;
const named = { type: "part", firstOutput: () => "out" };

const document: WorkflowDocument = {
  format: 1,
  nodes: {
    a: { type: "t.make@1", inputs: { size: 3 } },
    b: { type: "t.inc@1", inputs: { a: { from: "a" } } },
    c: { type: "t.inc@1", inputs: { a: { from: "b.second" }, other: { from: "a" }, by: 4 } },
    d: { type: "t.save@1", inputs: { a: { from: "c" }, all: [{ from: "b" }, { from: "a" }] } },
  },
  interface: { inputs: { by: { to: "c.by", title: "By" } }, outputs: { end: { from: "c" } } },
  ui: {
    positions: { a: [0, 0], b: [100, 50], c: [200, 20], d: [400, 0] },
    nodes: { c: { collapsed: true } },
    groups: [{ id: "g", title: "Two", nodes: ["b", "c"] }],
  },
};

describe("a part of a graph as a subgraph", () => {
  it("has what comes in as inputs, once for one source, and what is read as outputs", () => {
    const { document: after, node } = made(document, ["b", "c"], named);
    expect(node).toBe("part");
    expect(after.nodes.part).toEqual({ type: "part", inputs: { a: { from: "a" } } });
    expect(after.subgraphs?.part?.interface).toEqual({
      inputs: { a: { to: ["b.a", "c.other"] }, by: { to: "c.by" } },
      outputs: { out: { from: "c" }, out_2: { from: "b" } },
    });
    expect(after.nodes.d?.inputs).toEqual({
      a: { from: "part.out" },
      all: [{ from: "part.out_2" }, { from: "a" }],
    });
    expect(after.interface?.inputs?.by).toEqual({ to: "part.by", title: "By" });
    expect(after.ui?.positions?.part).toEqual([100, 20]);
  });

  it("is the same document again when it is unpacked", () => {
    const { document: after, node } = made(document, ["b", "c"], named);
    expect(unpacked(after, node).document).toEqual(document);
  });

  it("moves its nodes by what it was moved by itself", () => {
    const { document: after, node } = made(document, ["b", "c"], named);
    const moved = {
      ...after,
      ui: { ...after.ui, positions: { ...after.ui?.positions, [node]: [110, 60] as [number, number] } },
    };
    expect(unpacked(moved, node).document.ui?.positions?.b).toEqual([110, 90]);
  });

  it("is refused where a way leads out and back in", () => {
    expect(() => made(document, ["a", "c"], named)).toThrow(Refused);
  });

  it("changes nothing of the document it is made of", () => {
    const text = JSON.stringify(document);
    unpacked(made(document, ["b", "c"], named).document, "part");
    expect(JSON.stringify(document)).toBe(text);
  });
});

describe("every example of the product", () => {
  const files = readdirSync(WORKFLOWS).filter((one) => one.endsWith(".json"));
  it.each(files)("%s: any node, near pairs, and all of it, packed and unpacked, is the same", (file) => {
    const whole = example(file);
    const ids = Object.keys(whole.nodes);
    const picks = ids.flatMap((one, at) => [
      [one],
      ...ids.slice(at + 1, at + 5).map((other) => [one, other]),
    ]);
    let packed = 0;
    for (const pick of [...picks, ids]) {
      let after: ReturnType<typeof made>;
      try {
        after = made(whole, pick, named);
      } catch (error) {
        expect(error).toBeInstanceOf(Refused);
        continue;
      }
      packed += 1;
      expect(unpacked(after.document, after.node).document).toEqual(whole);
    }
    expect(packed).toBeGreaterThan(ids.filter((id) => !isFrame(whole.nodes[id])).length / 2);
  });
});

describe("subgraphs that are open", () => {
  const inner: WorkflowDocument = { format: 1, nodes: { x: { type: "t.make@1" } } };
  const outer: WorkflowDocument = { format: 1, nodes: { i: { type: "in" } }, subgraphs: { in: inner } };
  const whole: WorkflowDocument = { format: 1, nodes: { o: { type: "out" } }, subgraphs: { out: outer } };
  const way = [
    { node: "o", type: "out" },
    { node: "i", type: "in" },
  ];
  it("are found along the way, as far as it leads", () => {
    expect(along(whole, way)).toEqual([whole, outer, inner]);
    expect(along(whole, [{ node: "gone", type: "gone" }])).toEqual([whole]);
  });
  it("are written where they stand", () => {
    const changed = { ...inner, name: "new" };
    expect(outward(whole, way, changed)).toEqual({
      op: "set_subgraph",
      name: "out",
      document: { ...outer, subgraphs: { in: changed } },
    });
  });
});

describe("the operations that make or unpack one", () => {
  const files = ["text_to_image.json", "controlnet.json", "xy_grid.json"];
  it.each(files)("%s: lead there, and do not replace the document", (file) => {
    const whole = example(file);
    const ids = Object.keys(whole.nodes);
    for (const pick of [...ids.map((one, at) => [one, ids[at + 1] ?? one]), ids]) {
      let after: ReturnType<typeof made>;
      try {
        after = made(whole, pick, named);
      } catch {
        continue;
      }
      const there = towards(whole, after.document);
      expect(there.some((one) => one.op === "replace")).toBe(false);
      const packed = apply(whole, there).document;
      expect(equal(packed, after.document)).toBe(true);
      const back = towards(packed, unpacked(packed, after.node).document);
      expect(back.some((one) => one.op === "replace")).toBe(false);
      expect(equal(apply(packed, back).document, whole)).toBe(true);
    }
  });
});
