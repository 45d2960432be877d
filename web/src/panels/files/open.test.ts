import { describe, expect, it } from "vitest";
import { freeDocumentName, plainName, workflowIn } from "./open";

describe("names of documents from names of files", () => {
  it("have no suffix, no number of a saved picture, and only what a name may have", () => {
    expect(plainName("My Portrait (final).PNG")).toBe("my_portrait_final");
    expect(plainName("portrait-0007.png")).toBe("portrait");
    expect(plainName("…")).toBe("workflow");
    expect(plainName(`${"a".repeat(90)}.json`)).toHaveLength(50);
  });
  it("are free ones", () => {
    expect(freeDocumentName("a", new Set(["b"]))).toBe("a");
    expect(freeDocumentName("a", new Set(["a", "a_2"]))).toBe("a_3");
  });
});

describe("text that was pasted", () => {
  it("is a workflow if it says a format and nodes", () => {
    expect(workflowIn('{"format": 1, "nodes": {}}')).toEqual({ format: 1, nodes: {} });
  });
  it("is none if it is a fragment of nodes, prose or broken", () => {
    expect(workflowIn('{"loom": 1, "format": 1, "nodes": {}}')).toBeNull();
    expect(workflowIn("a red circle")).toBeNull();
    expect(workflowIn('{"format": 1')).toBeNull();
  });
});
