/** Links of a document, changed one by one. Pure. */
import { asLink, type NodeBody, type Source, type WorkflowDocument } from "../graph/document";
import { isObject } from "./changes";

/** What a link becomes; undefined: it stays. */
export type Relink = (source: Source) => unknown;

export function relinked(value: unknown, to: Relink): unknown {
  if (Array.isArray(value)) return value.map((one) => relinked(one, to));
  const link = asLink(value);
  return link === null ? value : (to(link) ?? value);
}

/** A node with its links changed. */
export function relinkedBody(body: NodeBody, to: Relink): NodeBody {
  const made: NodeBody = { ...body };
  const each = (holder: unknown): unknown =>
    isObject(holder)
      ? Object.fromEntries(Object.entries(holder).map(([key, value]) => [key, relinked(value, to)]))
      : holder;
  if (body.inputs !== undefined) made.inputs = each(body.inputs) as NodeBody["inputs"] & object;
  if (body.collect !== undefined) made.collect = each(body.collect) as NodeBody["collect"] & object;
  if (body.until !== undefined) made.until = relinked(body.until, to) as NodeBody["until"] & object;
  if (body.carry !== undefined) {
    made.carry = Object.fromEntries(
      Object.entries(body.carry).map(([name, ends]) => [name, each(ends)]),
    ) as NodeBody["carry"] & object;
  }
  return made;
}

/** True if the links form a circle; what a loop carries on to its next step is meant to. */
export function hasCircle(document: WorkflowDocument): boolean {
  const state = new Map<string, "open" | "done">();
  const visit = (node: string): boolean => {
    if (state.get(node) === "done") return false;
    if (state.get(node) === "open") return true;
    state.set(node, "open");
    for (const value of Object.values(document.nodes[node]?.inputs ?? {})) {
      for (const one of Array.isArray(value) ? value : [value]) {
        const link = asLink(one);
        if (link === null || document.nodes[link.node]?.carry !== undefined) continue;
        if (visit(link.node)) return true;
      }
    }
    state.set(node, "done");
    return false;
  };
  return Object.keys(document.nodes).some(visit);
}
