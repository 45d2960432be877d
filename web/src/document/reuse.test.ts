import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { input, node, registryOf } from "../graph/registry.fixture";
import { reuse } from "./reuse";

const registry = registryOf(
  node("text.encode", { text: input("str", { type: "string", "x-loom": { widget: "multiline" } }) }),
  node("noise.gaussian", {
    seed: input("Rng", { type: "integer" }),
    width: input("int", { type: "integer" }),
  }),
);

const open: WorkflowDocument = {
  format: 1,
  nodes: {
    start: { type: "noise.gaussian@1", inputs: { seed: 1, width: 64 } },
    words: { type: "text.encode@1", inputs: { text: "old" } },
  },
};
const made: WorkflowDocument = {
  format: 1,
  nodes: {
    noise: { type: "noise.gaussian@1", inputs: { seed: 9 } },
    words: { type: "text.encode@1", inputs: { text: "new" } },
  },
};

describe("taking settings over from the graph of a picture", () => {
  it("takes the seed alone, into the only node of its type under another name", () => {
    expect(reuse(open, made, registry, "seed")).toEqual([
      { op: "set_input", node: "start", input: "seed", value: 9 },
    ]);
  });
  it("takes the prompt alone", () => {
    expect(reuse(open, made, registry, "prompt")).toEqual([
      { op: "set_input", node: "words", input: "text", value: "new" },
    ]);
  });
  it("takes everything; what the picture left to the default becomes the default", () => {
    expect(reuse(open, made, registry, "all")).toContainEqual({
      op: "clear_input",
      node: "start",
      input: "width",
    });
  });
  it("leaves links alone, and does nothing where nothing differs", () => {
    const linked = {
      ...open,
      nodes: { ...open.nodes, start: { type: "noise.gaussian@1", inputs: { seed: { from: "words" } } } },
    };
    expect(reuse(linked, made, registry, "seed")).toEqual([]);
    expect(reuse(made, made, registry, "all")).toEqual([]);
  });
  it("does not guess where several nodes are of the type", () => {
    const two = { ...open, nodes: { ...open.nodes, more: open.nodes.start ?? { type: "" } } };
    expect(reuse(two, made, registry, "seed")).toEqual([]);
  });
});
