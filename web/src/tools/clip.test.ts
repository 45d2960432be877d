import { describe, expect, it } from "vitest";
import { apply } from "../document/apply";
import type { WorkflowDocument } from "../graph/document";
import { clipOf, cornerOf, pasted, readClip } from "./clip";

const document: WorkflowDocument = {
  format: 1,
  nodes: {
    a: { type: "t.make@1", inputs: { size: 3 } },
    b: { type: "t.inc@1", inputs: { a: { from: "a" }, all: [{ from: "a" }, { from: "c.out" }] } },
    c: { type: "t.make@1" },
    loop: { type: "flow.loop@1", carry: { x: { first: { from: "a" }, next: { from: "d" } } } },
    d: { type: "t.inc@1", in: "loop", inputs: { a: { from: "loop.x" } } },
  },
  ui: {
    positions: { a: [0, 0], b: [100, 50], d: [300, 20] },
    nodes: { b: { collapsed: true } },
    groups: [{ id: "g", title: "Both", nodes: ["a", "b"] }],
    notes: [{ id: "n", text: "hi", position: [5, -40] }],
  },
};

const clip = (...ids: string[]) => {
  const found = clipOf(document, new Set(ids), "here");
  if (found === null) throw new Error("nothing was copied");
  return found;
};

describe("a clip", () => {
  it("goes through text unchanged", () => {
    const made = clip("a", "b", "note:n");
    expect(readClip(JSON.stringify(made))).toEqual(made);
  });

  it("is not found in other texts", () => {
    expect(readClip("latent-loom/clip")).toBeNull();
    expect(readClip('{"nodes": {}}')).toBeNull();
    expect(readClip('{"kind": "latent-loom/clip", "nodes": 3}')).toBeNull();
  });

  it("of nothing is null", () => {
    expect(clipOf(document, new Set(["gone", "edge:b.i:a"]), "here")).toBeNull();
  });

  it("of a group has what is in it, and the group", () => {
    expect(Object.keys(clip("group:g").nodes)).toEqual(["a", "b"]);
    expect(clip("group:g").groups).toHaveLength(1);
  });

  it("begins at its left upper corner", () => {
    expect(cornerOf(clip("b", "note:n"))).toEqual([5, -40]);
  });
});

describe("pasting", () => {
  it("keeps links among what is pasted, looks, groups and notes", () => {
    const { operations, ids } = pasted(document, clip("a", "b", "note:n"), {
      offset: [10, 20],
      into: "here",
    });
    const after = apply(document, operations).document;
    expect([...ids].slice(0, 2)).toEqual(["a_2", "b_2"]);
    expect(after.nodes.b_2?.inputs?.a).toEqual({ from: "a_2" });
    expect(after.nodes.b_2?.inputs?.all).toEqual([{ from: "a_2" }, { from: "c.out" }]);
    expect(after.ui?.positions?.b_2).toEqual([110, 70]);
    expect(after.ui?.nodes?.b_2).toEqual({ collapsed: true });
    expect(after.ui?.groups?.[1]?.nodes).toEqual(["a_2", "b_2"]);
    expect(after.ui?.notes?.[1]?.position).toEqual([15, -20]);
  });

  it("keeps links to the rest of the same document, and drops them in another", () => {
    const here = apply(document, pasted(document, clip("b"), { offset: [0, 0], into: "here" }).operations);
    expect(here.document.nodes.b_2?.inputs?.a).toEqual({ from: "a" });
    const there = apply(document, pasted(document, clip("b"), { offset: [0, 0], into: "there" }).operations);
    expect(there.document.nodes.b_2?.inputs).toEqual({ all: [] });
  });

  it("brings what is in a loop, and what it carries", () => {
    const { operations } = pasted(document, clip("loop"), { offset: [0, 0], into: "here" });
    const { nodes } = apply(document, operations).document;
    expect(nodes.d_2).toEqual({ type: "t.inc@1", in: "loop_2", inputs: { a: { from: "loop_2.x" } } });
    expect(nodes.loop_2?.carry).toEqual({ x: { first: { from: "a" }, next: { from: "d_2" } } });
  });

  it("changes nothing of the clip itself", () => {
    const made = clip("b");
    const text = JSON.stringify(made);
    pasted(document, made, { offset: [0, 0], into: "there" });
    expect(JSON.stringify(made)).toBe(text);
  });
});
