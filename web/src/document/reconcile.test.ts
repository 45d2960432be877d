import { describe, expect, it } from "vitest";
import type { WorkflowDocument } from "../graph/document";
import { apply, Refused } from "./apply";
import { Unreachable } from "./changes";
import type { Edit, Operation } from "./operations";
import { type Entry, edited, entered, type Live, NOTHING, settled, started } from "./reconcile";

const START: WorkflowDocument = { format: 1, nodes: { a: { type: "value.int@1", inputs: { value: 1 } } } };
const set = (id: string, value: number): Edit => ({
  id,
  operations: [{ op: "set_input", node: "a", input: "value", value }],
});

/** What the server says of an edit that it applied to a document. */
const entry = (
  document: WorkflowDocument,
  revision: number,
  id: string,
  ...operations: Operation[]
): Entry => ({
  revision,
  client: "someone",
  id,
  changes: apply(document, operations).changes,
});
const valueIn = (state: Live): unknown => state.view.nodes.a?.inputs?.value;

describe("what a person sees", () => {
  const open = started(NOTHING, 1, START);

  it("is their edit at once, and the same object when the server agrees", () => {
    const mine = edited(open, set("1", 5));
    expect(valueIn(mine)).toBe(5);
    const agreed = entered(mine, entry(START, 2, "1", ...set("1", 5).operations));
    expect(agreed.pending).toEqual([]);
    expect(agreed.view).toBe(mine.view);
  });

  it("keeps their edit over another's that came first", () => {
    const mine = edited(open, set("1", 5));
    const both = entered(mine, entry(START, 2, "other", ...set("other", 9).operations));
    expect(valueIn(both)).toBe(5);
    expect(both.base.nodes.a?.inputs?.value).toBe(9);
  });

  it("goes back when the server refuses", () => {
    expect(valueIn(settled(edited(open, set("1", 5)), "1"))).toBe(1);
  });

  it("passes over a pending edit whose node another took away, without losing the others", () => {
    const first = edited(open, set("1", 5));
    const second = edited(first, { id: "2", operations: [{ op: "set_meta", key: "name", value: "mine" }] });
    const gone = entered(second, entry(START, 2, "other", { op: "remove_node", node: "a" }));
    expect(gone.view.nodes).toEqual({});
    expect(gone.view.name).toBe("mine");
  });

  it("does an entry once, and says when it missed one", () => {
    const one = entry(START, 2, "other", ...set("other", 9).operations);
    const once = entered(open, one);
    expect(entered(once, one)).toBe(once);
    expect(() => entered(open, { ...one, revision: 4 })).toThrow(Unreachable);
  });

  it("does not take an edit that makes no sense", () => {
    expect(() => edited(open, { id: "1", operations: [{ op: "remove_node", node: "nobody" }] })).toThrow(
      Refused,
    );
  });

  it("is the same in two tabs, whatever each did meanwhile", () => {
    let server = { document: START, revision: 1 };
    let tabs = [open, open];
    const random = mulberry(7);
    const waiting: Edit[][] = [[], []];
    for (let turn = 0; turn < 200; turn += 1) {
      const at = Math.floor(random() * 2);
      const edit = set(`${at}-${turn}`, turn);
      tabs[at] = edited(tabs[at] as Live, edit);
      waiting[at]?.push(edit);
      const from = Math.floor(random() * 2);
      const sent = random() < 0.6 ? waiting[from]?.shift() : undefined;
      if (sent === undefined) continue;
      const made = entry(server.document, server.revision + 1, sent.id, ...sent.operations);
      server = { document: apply(server.document, sent.operations).document, revision: server.revision + 1 };
      tabs = tabs.map((tab) => entered(tab, made));
    }
    for (const edit of waiting.flat()) {
      const made = entry(server.document, server.revision + 1, edit.id, ...edit.operations);
      server = { document: apply(server.document, edit.operations).document, revision: server.revision + 1 };
      tabs = tabs.map((tab) => entered(tab, made));
    }
    for (const tab of tabs) {
      expect(tab.view).toEqual(server.document);
      expect(tab.pending).toEqual([]);
    }
  });
});

function mulberry(seed: number): () => number {
  let at = seed;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let made = Math.imul(at ^ (at >>> 15), 1 | at);
    made = (made + Math.imul(made ^ (made >>> 7), 61 | made)) ^ made;
    return ((made ^ (made >>> 14)) >>> 0) / 4294967296;
  };
}
