import { expect, it } from "vitest";
import type { Compared } from "../../api/types";
import { apply } from "../../document/apply";
import type { WorkflowDocument } from "../../graph/document";
import { countOf, keyOf, type Level, levelAt, read } from "./reading";
import { taken } from "./taken";

const NOTHING: Compared = {
  added: [],
  removed: [],
  renamed: [],
  inputs: [],
  links: [],
  changed: [],
  moved: [],
  subgraphs: {},
  other: [],
};

/** `a` is renamed to `b` in the newer one, the `b` of the older one is gone, `c` reads another node. */
function swapped(): Level {
  const old: WorkflowDocument = {
    format: 1,
    nodes: {
      a: { type: "t.make@1", inputs: { value: 1 } },
      b: { type: "t.make@1", inputs: { value: 9 } },
      c: { type: "t.add@1", inputs: { a: { from: "a" }, b: { from: "b" } } },
    },
    ui: { positions: { a: [0, 0], b: [0, 200], c: [300, 0] } },
  };
  const now: WorkflowDocument = {
    format: 1,
    nodes: {
      b: { type: "t.make@1", inputs: { value: 2 } },
      c: { type: "t.add@1", inputs: { a: { from: "b" }, b: { from: "new" } } },
      new: { type: "t.inc@1", inputs: { a: { from: "b" } } },
    },
    ui: { positions: { b: [0, 0], c: [300, 0], new: [150, 0] } },
  };
  const difference: Compared = {
    ...NOTHING,
    added: ["new"],
    removed: ["b"],
    renamed: [{ node: "a", to: "b" }],
    inputs: [{ node: "b", input: "value", before: 1, after: 2 }],
    links: [{ node: "c", input: "b", before: { from: "//0" }, after: { from: "new" } }],
  };
  return { old, new: now, difference };
}

it("what is gone stands where it stood, under a name of its own, and its links with it", () => {
  const { document, entries, gone, links, counts, marks } = read(swapped());
  expect(Object.keys(document.nodes)).toEqual(["b", "c", "new", "b′"]);
  expect(document.ui?.positions?.["b′"]).toEqual([0, 200]);
  expect(entries.map(({ id, sign, old, new: now }) => [id, sign, old, now])).toEqual([
    ["new", "added", null, "new"],
    ["b′", "removed", "b", null],
    ["b", "changed", "a", "b"],
    ["c", "changed", "c", "c"],
  ]);
  expect(gone.map(keyOf)).toEqual(["c i:b b′ "]);
  expect([...links]).toEqual([
    ["new i:a b ", "added"],
    ["c i:b new ", "added"],
  ]);
  expect(counts).toEqual({ added: 1, removed: 1, changed: 2, moved: 0, linksAdded: 2, linksRemoved: 1 });
  expect(marks.get("b")?.values.map((one) => `${one.name} ${one.before} ${one.after}`)).toEqual([
    "name a b",
    "value 1 2",
  ]);
});

it("what differs in a folded loop is counted on the loop", () => {
  const loop = (steps: number): WorkflowDocument => ({
    format: 1,
    nodes: { loop: { type: "flow.loop@1", inputs: {} }, in: { type: "t@1", in: "loop", inputs: { steps } } },
    ui: { nodes: { loop: { collapsed: true } } },
  });
  const inputs = [{ node: "in", input: "steps", before: 1, after: 2 }];
  const { marks, shownAs } = read({ old: loop(1), new: loop(2), difference: { ...NOTHING, inputs } });
  expect(marks.get("loop")).toEqual({ sign: "changed", values: [], inside: 1 });
  expect(shownAs("in")).toBe("loop");
});

it("what differs in a subgraph is counted on its uses, and is a level of its own", () => {
  const graph = (value: number): WorkflowDocument => ({
    format: 1,
    nodes: { use: { type: "part", inputs: {} } },
    subgraphs: { part: { format: 1, nodes: { in: { type: "t@1", inputs: { value } } } } },
  });
  const inner: Compared = { ...NOTHING, inputs: [{ node: "in", input: "value", before: 1, after: 2 }] };
  const difference: Compared = { ...NOTHING, subgraphs: { part: inner }, other: ["subgraphs"] };
  const level: Level = { old: graph(1), new: graph(2), difference };
  const reading = read(level);
  expect([reading.marks.get("use")?.inside, countOf(difference), reading.rest]).toEqual([1, 1, []]);
  const inside = levelAt(level, [{ node: "use", type: "part" }]);
  expect(inside && read(inside).marks.get("in")?.values[0]?.after).toBe("2");
});

it("each difference taken back alone makes the document what it was", () => {
  const level = swapped();
  const { entries } = read(level);
  const entry = (id: string) => entries.find((one) => one.id === id) ?? expect.fail(id);
  let now = level.new;
  const back = (id: string, line?: string): void => {
    const lines = line === undefined ? null : entry(id).lines.filter((one) => one.name === line);
    now = apply(now, taken(now, level, entry(id), lines, "old")).document;
  };
  back("b", "value");
  expect(now.nodes.b).toEqual({ type: "t.make@1", inputs: { value: 1 } });
  back("b", "name");
  expect(now.nodes.c?.inputs?.a).toEqual({ from: "a" });
  back("b′");
  expect([now.nodes.b, now.nodes.c?.inputs?.b]).toEqual([level.old.nodes.b, { from: "b" }]);
  back("new");
  expect(now.nodes).toEqual(level.old.nodes);
  expect(() => back("new")).toThrow("not in the workflow any more");
});

it("taken over into a document that is neither of the two, what it does not have is said or left out", () => {
  const level = swapped();
  const { entries } = read(level);
  const now: WorkflowDocument = { format: 1, nodes: { c: { type: "t.add@1", inputs: {} } } };
  const added = entries.find((one) => one.id === "new") ?? expect.fail();
  const { nodes } = apply(now, taken(now, level, added, null, "new")).document;
  expect(nodes.new?.inputs).toEqual({});
  expect(nodes.c?.inputs).toEqual({ b: { from: "new" } });
  const changed = entries.find((one) => one.id === "c") ?? expect.fail();
  expect(() => taken(now, level, changed, null, "new")).toThrow("new, which it was linked to");
});
