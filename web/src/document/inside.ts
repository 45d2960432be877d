/**
 * Subgraphs that are open: a way from the document to a use of a subgraph, to a use of one within that, and so on. What
 * is edited there is the subgraph, so all its uses. Pure.
 */
import type { WorkflowDocument } from "../graph/document";
import type { Operation } from "./operations";

/** A use of a subgraph that was opened: a node, and its type, the subgraph's name. */
export interface Step {
  node: string;
  type: string;
}

/** The documents along the way, the whole one first; as far as the way still leads. */
export function along(whole: WorkflowDocument, way: readonly Step[]): WorkflowDocument[] {
  const found = [whole];
  for (const { type } of way) {
    const inner = found.findLast((one) => one.subgraphs?.[type] !== undefined)?.subgraphs?.[type];
    if (inner === undefined) break;
    found.push(inner);
  }
  return found;
}

/** The way to a node that is named by all uses around it, `use/node`; null if it does not lead there. */
export function wayTo(whole: WorkflowDocument, id: string): { way: Step[]; node: string } | null {
  const uses = id.split("/");
  const node = uses.pop() ?? "";
  const way: Step[] = [];
  for (const use of uses) {
    const type = along(whole, way).at(-1)?.nodes[use]?.type;
    if (type === undefined) return null;
    way.push({ node: use, type });
  }
  return along(whole, way).length === way.length + 1 ? { way, node } : null;
}

/** What the whole document is told so that the subgraph at the end of the way becomes `inner`. */
export function outward(whole: WorkflowDocument, way: readonly Step[], inner: WorkflowDocument): Operation {
  const documents = along(whole, way);
  const type = way.at(-1)?.type ?? "";
  const at = documents.slice(0, way.length).findLastIndex((one) => one.subgraphs?.[type] !== undefined);
  const holder = documents[at];
  if (at <= 0 || holder === undefined) return { op: "set_subgraph", name: type, document: inner };
  const changed = { ...holder, subgraphs: { ...holder.subgraphs, [type]: inner } };
  return outward(whole, way.slice(0, at), changed);
}

/** What ids of nodes in plans and runs begin with there. */
export function prefixOf(way: readonly Step[]): string {
  return way.map(({ node }) => `${node}/`).join("");
}
