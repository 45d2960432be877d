/** What is laid out: the examples without their places, and made-up graphs of any size with links and loops. */
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { chains } from "../graph.ts";

const EXAMPLES = resolve(import.meta.dirname, "../../../workflows");
const SIZES = [100, 500, 2000];
const BODY = 4; // nodes in a loop
const BACK = 12; // how many nodes ago a link may begin

export function graphs() {
  return [
    ...examples(),
    ...SIZES.map((count) => ({ name: `chains ${count}`, document: without(chains(count)) })),
    ...SIZES.map((count) => ({ name: `tangle ${count}`, document: tangle(count) })),
  ];
}

function examples() {
  return readdirSync(EXAMPLES)
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({
      name: file.replace(".json", ""),
      document: without(JSON.parse(readFileSync(resolve(EXAMPLES, file), "utf8"))),
    }));
}

function without({ ui: _, ...document }) {
  return document;
}

/** About `count` nodes; each reads one or two of the last dozen before it, each tenth is a loop of four. Always the same. */
function tangle(count) {
  const next = random(count);
  const nodes = { steps: { type: "list.floats@1", inputs: { values: [1, 2, 3] } } };
  const readable = [];
  const earlier = () => ({ from: readable[Math.max(0, readable.length - 1 - Math.floor(next() * BACK))] });
  for (let at = 0; at < count; at += 1) {
    const id = `n${at}`;
    if (at % 10 === 9 && at + BODY < count) {
      Object.assign(nodes, loop(id, next, earlier));
      at += BODY;
      readable.push(`${id}.state`);
      continue;
    }
    nodes[id] = readable.length === 0 || next() < 0.08 ? ellipse() : masks(next() < 0.5, earlier);
    readable.push(id);
  }
  return { format: 1, nodes };
}

/** A loop over `steps`: each node of its body reads those before it, one reads what is outside. */
function loop(id, next, earlier) {
  const body = Array.from({ length: BODY }, (_, step) => `${id}b${step}`);
  const carry = { state: { first: earlier(), next: { from: body.at(-1) } } };
  const nodes = { [id]: { type: "flow.loop@1", inputs: { over: { from: "steps" } }, carry } };
  for (const [step, name] of body.entries()) {
    const before = () => ({ from: step === 0 ? `${id}.state` : body[Math.floor(next() * step)] });
    nodes[name] = { ...masks(step % 2 === 1, step === 2 ? earlier : before), in: id };
  }
  return nodes;
}

function ellipse() {
  return { type: "mask.ellipse@1", inputs: { width: 64, height: 64, right: 48, bottom: 48 } };
}

function masks(two, source) {
  if (two) return { type: "mask.combine@1", inputs: { a: source(), b: source() } };
  return { type: "mask.grow@1", inputs: { mask: source(), pixels: 2 } };
}

/** Numbers from 0 to 1: Park and Miller's generator. */
function random(seed) {
  let state = seed + 1;
  return () => {
    state = (state * 48271) % 2147483647;
    return state / 2147483647;
  };
}
