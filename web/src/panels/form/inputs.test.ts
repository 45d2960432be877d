import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../../graph/document";
import { input, node, registryOf } from "../../graph/registry.fixture";
import { candidates, formInputs, interfaceName } from "./inputs";

const registry = registryOf(
  node("text.encode", {
    encoder: input("TextEncoder", null),
    text: input("str", { type: "string", "x-loom": { widget: "multiline" } }),
  }),
  node("noise.gaussian", {
    seed: input("Rng", { type: "integer" }),
    width: input("int", { type: "integer" }),
  }),
);

const document: WorkflowDocument = {
  format: 1,
  nodes: {
    noise: { type: "noise.gaussian@1", inputs: { seed: 7, width: { from: "elsewhere" } } },
    one: { type: "text.encode@1", inputs: { text: "a" } },
    two: { type: "text.encode@1", inputs: { text: "b" } },
  },
};

describe("the form", () => {
  it("of a document that declares nothing has what people mostly change, prompts first", () => {
    expect(formInputs(document, registry).map((one) => one.key)).toEqual([
      "one.text",
      "two.text",
      "noise.seed",
    ]);
  });

  it("has what the interface names, in its order, and what each feeds; linked and unknown inputs are left out", () => {
    const declared = {
      ...document,
      interface: {
        inputs: {
          seed: { to: "noise.seed" },
          prompt: { to: ["one.text", "two.text"] },
          size: { to: "noise.width" },
          gone: { to: "nowhere.text" },
        },
      },
    };
    const form = formInputs(declared, registry);
    expect(form.map((one) => [one.label, one.targets.length])).toEqual([
      ["Seed", 1],
      ["Prompt", 2],
    ]);
  });

  it("can have every input that is not linked", () => {
    expect(candidates(document, registry).map((one) => one.key)).toEqual([
      "noise.seed",
      "one.text",
      "two.text",
    ]);
  });

  it("gives a name that is free", () => {
    const named = { ...document, interface: { inputs: { text: { to: "one.text" } } } };
    expect(interfaceName(document, "two", "text")).toBe("text");
    expect(interfaceName(named, "two", "text")).toBe("two_text");
  });
});
