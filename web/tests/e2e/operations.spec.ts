/** What the editor does with an operation at once is what the server does with it: the same answer, the same bytes. */
import { apply, Refused } from "../../src/document/apply";
import type { Operation } from "../../src/document/operations";
import { EMPTY, type NodeBody, type WorkflowDocument } from "../../src/graph/document";
import { expect, test } from "../support/fixtures";

const EDITS = 600;
const BATCH = 50;
const NAMES = ["a", "b", "c", "d", "e", "f", "l1", "l2"];

interface Result {
  id: string;
  refused?: { detail: string };
}

test(`${EDITS} random operations do the same here as on the server`, async ({ server }) => {
  const name = `parity_${Date.now().toString(36)}`;
  const ids = { "If-None-Match": "*" };
  await server.ask("PUT", `workflows/${name}`, EMPTY, ids);
  let mine = await server.ask<WorkflowDocument>("GET", `workflows/${name}`);
  const random = sequence(5);
  const differences: string[] = [];
  let taken = 0;
  for (let batch = 0; batch < EDITS / BATCH; batch += 1) {
    const edits = Array.from({ length: BATCH }, (_, at) => ({
      id: `${batch}-${at}`,
      operations: [anyOperation(random)],
    }));
    const body = { client: "parity", edits };
    const { results } = await server.ask<{ results: Result[] }>("POST", `workflows/${name}/operations`, body);
    for (const [at, edit] of edits.entries()) {
      const refused = results[at]?.refused?.detail;
      const local = attempt(mine, edit.operations);
      if (refused === undefined) {
        taken += 1;
        mine = local.document ?? mine;
      }
      // a circle is found by the server alone: it looks at the whole graph
      if ((refused === undefined) !== (local.document !== null) && !refused?.includes("cycle")) {
        differences.push(
          `${JSON.stringify(edit.operations)}: here ${local.why}, there ${refused ?? "taken"}`,
        );
      }
    }
    const theirs = await server.ask<WorkflowDocument>("GET", `workflows/${name}`);
    expect(JSON.stringify(mine), `after ${(batch + 1) * BATCH} operations`).toBe(JSON.stringify(theirs));
  }
  expect(differences).toEqual([]);
  expect(taken).toBeGreaterThan(EDITS / 4);
});

function attempt(document: WorkflowDocument, operations: Operation[]) {
  try {
    return { document: apply(document, operations).document, why: "taken" };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { document: null, why: error.message };
  }
}

/** A whole number below `n`, the same ones in every run. */
function sequence(seed: number): (n: number) => number {
  let at = seed;
  return (n) => {
    at = (at * 1103515245 + 12345) & 0x7fffffff;
    return (at >> 8) % n;
  };
}

function anyOperation(random: (n: number) => number): Operation {
  const pick = (): string => NAMES[random(NAMES.length)] ?? "a";
  const [one, other, loop, group] = [pick(), pick(), `l${random(2) + 1}`, `g${random(3)}`];
  const plain: NodeBody = { type: "int.add@1", inputs: { left: random(9) } };
  const frame: NodeBody = { type: "flow.loop@1", inputs: { over: [1, 2] } };
  const add: Operation = {
    op: "add_node",
    node: one,
    body: one.startsWith("l") ? frame : plain,
    position: [random(900), random(900)],
  };
  const pasted = { a: { type: "int.add@1", inputs: { left: { from: "b" } } }, b: { type: "int.add@1" } };
  const kinds: Operation[] = [
    add,
    add,
    add,
    { op: "remove_node", node: one },
    { op: "rename_node", node: one, to: other },
    { op: "set_input", node: one, input: "right", value: random(5) },
    { op: "set_input", node: one, input: "right", value: { from: other } },
    { op: "clear_input", node: one, input: "right" },
    {
      op: "link",
      node: one,
      input: "left",
      source: random(2) ? other : `${other}.out`,
      append: random(3) === 0,
    },
    { op: "link", node: one, input: "right", source: other },
    { op: "unlink", node: one, input: "left" },
    { op: "set_mode", nodes: [one, other], mode: random(2) ? "mute" : "normal" },
    { op: "move", positions: { [one]: [random(99), 1], [other]: [2, random(99)] } },
    { op: "set_look", node: one, key: "collapsed", value: random(2) ? true : null },
    { op: "add_group", group, body: { title: "t", nodes: [one, other] } },
    { op: "edit_group", group, body: { title: random(2) ? "u" : null } },
    { op: "remove_group", group },
    { op: "set_frame", nodes: [one], frame: random(3) ? loop : null },
    { op: "set_carry", node: loop, name: "x", end: random(2) ? "first" : "next", value: { from: one } },
    { op: "remove_carry", node: loop, name: "x" },
    { op: "set_collect", node: loop, name: "y", source: random(2) ? one : null },
    { op: "set_until", node: loop, source: random(2) ? one : null },
    { op: "paste", nodes: pasted, positions: { a: [1, 1] }, offset: [5, 5] },
    { op: "set_interface", side: "inputs", name: "i", value: random(2) ? { to: `${one}.left` } : null },
    { op: "set_interface", side: "outputs", name: "o", value: random(2) ? { from: one } : null },
    { op: "add_note", note: `k${random(2)}`, body: { text: "x" } },
    { op: "edit_note", note: `k${random(2)}`, body: { text: "y" } },
    { op: "remove_note", note: `k${random(2)}` },
    { op: "set_meta", key: "description", value: random(2) ? "d" : null },
  ];
  return kinds[random(kinds.length)] ?? add;
}
