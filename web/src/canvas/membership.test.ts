import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { Registry } from "../graph/registry";
import { laidOut, unplaced } from "./laidOut";
import { frameMoves } from "./membership";
import { SceneMaker } from "./scene";

const registry = new Registry({ digest: "", nodes: [], conversions: [], types: [], failures: [] });
const document: WorkflowDocument = {
  format: 1,
  nodes: {
    outer: { type: "flow.loop@1" },
    a: { type: "t.a@1", in: "outer" },
    b: { type: "t.b@1", in: "outer" },
    free: { type: "t.c@1" },
  },
  ui: { positions: { a: [0, 0], b: [300, 0], free: [2000, 0] } },
};
const maker = new SceneMaker(registry);
const scene = maker.make(document);

describe("loops by dragging", () => {
  it("take what is dropped into them", () => {
    expect(frameMoves(scene, document, { free: [100, 50] })).toEqual([
      { op: "set_frame", nodes: ["free"], frame: "outer" },
    ]);
  });
  it("let go what is dragged out", () => {
    expect(frameMoves(scene, document, { a: [0, 2000] })).toEqual([
      { op: "set_frame", nodes: ["a"], frame: null },
    ]);
  });
  it("keep what is moved within them, and what goes along with them", () => {
    expect(frameMoves(scene, document, { a: [40, 30] })).toEqual([]);
    expect(frameMoves(scene, document, { outer: [0, 3000], a: [0, 3000], b: [300, 3000] })).toEqual([]);
    expect(frameMoves(scene, document, { a: [0, 3000], b: [300, 3000] })).toEqual([]);
  });
});

describe("a document without positions", () => {
  const { ui: _, ...bare } = document;
  it("is laid out, and stays as it is", () => {
    expect(unplaced(bare)).toEqual(["a", "b", "free"]);
    const made = maker.make(laidOut(bare, (one) => maker.make(one)));
    const rects = ["a", "b", "free"].map((id) => made.byId.get(id)?.rect);
    expect(new Set(rects.map((one) => `${one?.x},${one?.y}`)).size).toBe(3);
  });
  it("that says where its nodes are is taken as it is", () => {
    expect(laidOut(document, (one) => maker.make(one))).toBe(document);
  });
});
