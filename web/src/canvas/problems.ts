/**
 * Which problem of the document is a node's, or an input's. The server names nodes by the whole way to them, `use/node`.
 * What is wrong with a value that a use of a subgraph gives is the use's problem; what is wrong inside of one is told
 * at the nodes there, and in short at its use.
 */
import type { Problem } from "../api/types";
import { along, wayTo } from "../document/inside";
import { lookOf, titleOf, type WorkflowDocument } from "../graph/document";

export interface SocketProblem {
  message: string;
  input: string | null;
}

/** A node with the uses of subgraphs around it, and which of its inputs. */
export interface Place {
  id: string;
  input: string | null;
}

const found = new WeakMap<readonly Problem[], Map<string, SocketProblem>>();

/** The first problem of a node, by the whole way to it; null if there is none. The same object for the same problems. */
export function problemOf(
  problems: readonly Problem[],
  whole: WorkflowDocument,
  id: string,
): SocketProblem | null {
  let known = found.get(problems);
  if (known === undefined) {
    known = byNode(problems, whole);
    found.set(problems, known);
  }
  return known.get(id) ?? null;
}

function byNode(problems: readonly Problem[], whole: WorkflowDocument): Map<string, SocketProblem> {
  const own = new Map<string, SocketProblem>();
  const inner = new Map<string, SocketProblem>();
  for (const one of problems) {
    const place = placeOf(whole, one);
    if (place === null) continue;
    if (!own.has(place.id)) own.set(place.id, { message: one.message, input: place.input });
    const message = `${placeTitle(whole, place)}: ${one.message}`;
    for (let at = place.id.lastIndexOf("/"); at > 0; at = place.id.lastIndexOf("/", at - 1)) {
      const use = place.id.slice(0, at);
      if (!inner.has(use)) inner.set(use, { message, input: null });
    }
  }
  return new Map([...inner, ...own]);
}

/** Where a problem is mended: at the node that it names, or at the use of a subgraph that gives that node its value. */
export function placeOf(whole: WorkflowDocument, { node, input }: Problem): Place | null {
  if (node == null) return null;
  let place: Place = { id: node, input: input ?? null };
  for (;;) {
    const outer = givenBy(whole, place);
    if (outer === null) return place;
    place = outer;
  }
}

function givenBy(whole: WorkflowDocument, { id, input }: Place): Place | null {
  const to = wayTo(whole, id);
  const use = to?.way.at(-1);
  if (to === null || use === undefined || input === null) return null;
  const documents = along(whole, to.way);
  const declared = documents.at(-1)?.interface?.inputs ?? {};
  const given = documents.at(-2)?.nodes[use.node]?.inputs ?? {};
  const name = Object.keys(declared).find(
    (one) =>
      given[one] !== undefined &&
      [declared[one]?.to as string | string[]].flat().includes(`${to.node}.${input}`),
  );
  return name === undefined ? null : { id: id.slice(0, id.lastIndexOf("/")), input: name };
}

/** A place in words: `Detail › Picture · mask`. */
export function placeTitle(whole: WorkflowDocument, { id, input }: Place): string {
  const to = wayTo(whole, id);
  if (to === null) return id;
  const documents = along(whole, to.way);
  const names = [...to.way.map((one) => one.node), to.node];
  const titles = names.map((name, depth) => titleOf(name, lookOf(documents[depth] ?? whole, name)));
  return titles.join(" › ") + (input === null ? "" : ` · ${input.replaceAll("_", " ")}`);
}

export function problemText({ message, expected, got, nearest }: Problem): string {
  const parts = [message];
  if (expected) parts.push(`expected ${expected}`);
  if (got) parts.push(`got ${got}`);
  if (nearest) parts.push(`did you mean ${nearest}?`);
  return parts.join(", ");
}
