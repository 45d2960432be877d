import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/http";
import type { JsonObject, TextProblem } from "../../api/types";
import { apply } from "../../document/apply";
import type { Operation } from "../../document/operations";
import type { NodeBody, WorkflowDocument } from "../../graph/document";
import { type Draft, ProgramSession } from "./session";

/** A server of the smallest language: a line per node, `name = {inputs}`; comments stand behind `#`. */
class Desk {
  document: WorkflowDocument;
  text = "";
  edits: Operation[][] = [];
  draft: Draft | null = null;
  down: ApiError | null = null;

  readonly session: ProgramSession;

  constructor(nodes: { [name: string]: object }) {
    const bodies = Object.entries(nodes).map(([name, inputs]) => [name, { type: "t.x@1", inputs }]);
    const positions = Object.keys(nodes).map((name, at) => [name, [at, 0]]);
    this.document = {
      format: 1,
      nodes: Object.fromEntries(bodies),
      ui: { positions: Object.fromEntries(positions) },
    };
    this.session = new ProgramSession({
      write: async (document) => {
        if (this.down !== null) throw this.down;
        return { text: written(document as unknown as WorkflowDocument), places: {} };
      },
      read: async (text, base) => {
        if (this.down !== null) throw this.down;
        return read(text, base);
      },
      document: () => this.document,
      edit: (operations) => {
        this.edits.push(operations);
        this.document = apply(this.document, operations).document;
        return true;
      },
      text: () => this.text,
      replace: (text) => {
        this.text = text;
      },
      place: () => {},
      renamed: () => {},
      keep: (draft) => {
        this.draft = draft;
      },
    });
  }

  /** A person writes, and pauses. */
  async write(change: (text: string) => string): Promise<void> {
    this.text = change(this.text);
    this.session.typed();
    await this.session.flush();
    await this.session.flush(); // what came of it
  }

  /** Somebody else edits the document. */
  async other(...operations: Operation[]): Promise<void> {
    this.document = apply(this.document, operations).document;
    this.session.changed();
    await this.session.flush();
  }

  get phase(): string {
    return this.session.store.getState().phase;
  }
}

function written(document: WorkflowDocument): string {
  return Object.entries(document.nodes)
    .map(([name, body]) => `${name} = ${JSON.stringify(body.inputs ?? {})}`)
    .join("\n");
}

function read(text: string, base: JsonObject) {
  const nodes: { [name: string]: NodeBody } = {};
  const problems: TextProblem[] = [];
  for (const [at, line] of text.split("\n").entries()) {
    const said = line.replace(/#.*/, "").trim();
    const found = /^(\w+) = (.*)$/.exec(said);
    if (said === "") continue;
    try {
      if (found === null) throw new SyntaxError("no node");
      nodes[found[1] as string] = { type: "t.x@1", inputs: JSON.parse(found[2] as string) };
    } catch (error) {
      const place = { line: at + 1, column: 1, end_line: at + 1, end_column: 1 };
      const none = { node: null, input: null, expected: null, got: null, nearest: null, known: false };
      problems.push({ ...none, message: String(error), place });
    }
  }
  const { positions = {} } = (base as unknown as WorkflowDocument).ui ?? {};
  const kept = Object.fromEntries(Object.entries(positions).filter(([name]) => name in nodes));
  const document = problems.length > 0 ? null : { format: 1, nodes, ui: { positions: kept } };
  return { document, renamed: {}, problems, places: {} };
}

async function opened(nodes: { [name: string]: object }): Promise<Desk> {
  const desk = new Desk(nodes);
  await desk.session.start(null);
  return desk;
}

const set = (node: string, value: number): Operation => ({ op: "set_input", node, input: "v", value });

describe("a text and a document", () => {
  it("begin with the text that the document is written as", async () => {
    const desk = await opened({ a: { v: 1 } });
    expect([desk.text, desk.phase]).toEqual(['a = {"v":1}', "same"]);
  });

  it("a text that reads is one edit, the smallest there is, and stays as it was written", async () => {
    const desk = await opened({ a: { v: 1 }, b: { v: 2 } });
    await desk.write((text) => text.replace('{"v":2}', '{ "v": 3 } # more'));
    expect(desk.edits).toEqual([[set("b", 3)]]);
    expect(desk.text).toContain('b = { "v": 3 } # more');
    expect([desk.phase, desk.draft]).toEqual(["same", null]);
  });

  it("what changes in the document goes into the text, around what was written", async () => {
    const desk = await opened({ a: { v: 1 }, b: { v: 2 }, c: { v: 3 } });
    await desk.write((text) => text.replace('{"v":3}', '{ "v": 3 } # mine'));
    await desk.other(set("a", 9));
    expect(desk.text).toBe('a = {"v":9}\nb = {"v":2}\nc = { "v": 3 } # mine');
    expect(desk.phase).toBe("same");
  });

  it("a text that does not read changes nothing, is kept, and others' lines come in beside it", async () => {
    const desk = await opened({ a: { v: 1 }, b: { v: 2 }, c: { v: 3 } });
    await desk.write((text) => text.replace('b = {"v":2}', 'b = {"v":'));
    expect([desk.phase, desk.edits]).toEqual(["wrong", []]);
    expect(desk.draft?.text).toContain('b = {"v":\n');
    await desk.other(set("c", 30));
    expect(desk.text).toBe('a = {"v":1}\nb = {"v":\nc = {"v":30}');
    await desk.write((text) => text.replace('b = {"v":', 'b = {"v":20}'));
    expect(desk.edits).toEqual([[set("b", 20)]]);
    expect(desk.document.nodes.c?.inputs).toEqual({ v: 30 });
  });

  it("a change of the very line that is under way waits, and both are done when it reads", async () => {
    const desk = await opened({ a: { v: 1, w: 1 } });
    await desk.write((text) => text.replace('"v":1', '"v":'));
    await desk.other({ op: "set_input", node: "a", input: "w", value: 5 });
    expect(desk.session.store.getState().held).toBe(true);
    expect(desk.text).toBe('a = {"v":,"w":1}');
    await desk.write((text) => text.replace('"v":', '"v":7'));
    await desk.session.flush();
    expect(desk.document.nodes.a?.inputs).toEqual({ v: 7, w: 5 });
    expect(desk.text).toBe('a = {"v":7,"w":5}');
    expect(desk.session.store.getState()).toMatchObject({ phase: "same", held: false });
  });

  it("a node that is cut and pasted elsewhere comes back to its place", async () => {
    const desk = await opened({ a: { v: 1 }, b: { v: 2 } });
    await desk.write((text) => text.replace('a = {"v":1}\n', ""));
    expect(Object.keys(desk.document.nodes)).toEqual(["b"]);
    await desk.write((text) => `${text}\na = {"v":1}`);
    expect(desk.document.ui?.positions?.a).toEqual([0, 0]);
    expect(desk.text).toBe('b = {"v":2}\na = {"v":1}');
  });

  it("a draft goes on where it was left", async () => {
    const desk = await opened({ a: { v: 1 } });
    await desk.write((text) => text.replace("1", ""));
    const draft = desk.draft;
    desk.session.end();
    const again = new Desk({ a: { v: 1 } });
    await again.session.start(draft);
    expect([again.text, again.phase]).toEqual(['a = {"v":}', "wrong"]);
    await again.session.rewrite();
    expect([again.text, again.phase, again.draft]).toEqual(['a = {"v":1}', "same", null]);
  });

  it("what the server refuses is told, and asked again when something changes", async () => {
    const desk = await opened({ a: { v: 1 } });
    desk.down = new ApiError(413, "too large");
    await desk.write((text) => text.replace("1", "2"));
    expect(desk.session.store.getState().problems[0]?.message).toBe("too large");
    desk.down = null;
    await desk.write((text) => text.replace("2", "3"));
    expect([desk.phase, desk.document.nodes.a?.inputs]).toEqual(["same", { v: 3 }]);
  });
});
