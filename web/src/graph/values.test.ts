import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "./document";
import { differences, interfaceTargets, valueText, withValues } from "./values";

const document: WorkflowDocument = {
  format: 1,
  nodes: {
    cfg: { type: "guidance.cfg@1", inputs: { scale: 3, cond: { from: "cond" } } },
    one: { type: "text.encode@1", inputs: { text: "a" } },
    two: { type: "text.encode@1", inputs: { text: "b" } },
  },
  interface: { inputs: { prompt: { to: ["one.text", "two.text"] } } },
};

describe("the values of a run", () => {
  it("are set by path, or by the interface's name in all that it feeds; the document stays as it is", () => {
    const set = withValues(document, { "cfg.scale": 7, prompt: "c", "gone.x": 1 });
    expect(set.nodes.cfg?.inputs?.scale).toBe(7);
    expect([set.nodes.one?.inputs?.text, set.nodes.two?.inputs?.text]).toEqual(["c", "c"]);
    expect(Object.keys(set.nodes)).toEqual(Object.keys(document.nodes));
    expect(document.nodes.cfg?.inputs?.scale).toBe(3);
  });
  it("of an interface go to one input, or to several", () => {
    expect(interfaceTargets({ to: "a.b" })).toEqual([["a", "b"]]);
    expect(interfaceTargets({ to: ["a.b", "c.d", "bad"] })).toEqual([
      ["a", "b"],
      ["c", "d"],
    ]);
    expect(interfaceTargets(undefined)).toEqual([]);
  });
});

describe("the difference of two documents", () => {
  it("has a row for each value or link that differs, and for each node that only one has", () => {
    const other = withValues(document, { "cfg.scale": 5 });
    const { two: _, ...nodes } = other.nodes;
    expect(differences(document, { ...other, nodes })).toEqual([
      { node: "cfg", input: "scale", a: "3", b: "5" },
      { node: "two", input: null, a: "text.encode", b: "–" },
    ]);
    expect(differences(document, document)).toEqual([]);
  });
  it("says values as people read them", () => {
    expect(valueText({ from: "model.vae" })).toBe("← model.vae");
    expect(valueText(undefined)).toBe("default");
    expect(valueText("")).toBe("(empty)");
    expect(valueText(0.1 + 0.2)).toBe("0.3");
  });
});
