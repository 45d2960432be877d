/** Take settings of a graph that made a picture over into the open one, where a node of it is the same. Pure. */
import type { Json } from "../api/types";
import { linksIn, typeName, type WorkflowDocument } from "../graph/document";
import type { Registry } from "../graph/registry";
import { widgetKind } from "../widgets/kind";
import type { Operation } from "./operations";

export type Reused = "seed" | "prompt" | "all";

/** The operations; none if nothing fits or nothing differs. */
export function reuse(
  open: WorkflowDocument,
  made: WorkflowDocument,
  registry: Registry,
  what: Reused,
): Operation[] {
  const operations: Operation[] = [];
  for (const [name, body] of Object.entries(made.nodes)) {
    const node = twin(open, made, name);
    const spec = registry.find(body.type);
    if (node === null || spec === undefined) continue;
    for (const input of spec.inputs) {
      const kind = widgetKind(input);
      if (kind === null || (what === "seed" && kind !== "seed") || (what === "prompt" && kind !== "text"))
        continue;
      const value = body.inputs?.[input.name];
      const there = open.nodes[node]?.inputs?.[input.name];
      if (linksIn(value).length > 0 || linksIn(there).length > 0) continue;
      if (JSON.stringify(value) === JSON.stringify(there)) continue;
      if (value === undefined) operations.push({ op: "clear_input", node, input: input.name });
      else operations.push({ op: "set_input", node, input: input.name, value: value as Json });
    }
  }
  return operations;
}

/** The node of the open document that is this one: by name and type, or the only one of its type. */
function twin(open: WorkflowDocument, made: WorkflowDocument, name: string): string | null {
  const type = typeName(made.nodes[name]?.type ?? "");
  if (open.nodes[name] !== undefined && typeName(open.nodes[name].type) === type) return name;
  const only = ofType(open, type);
  return only.length === 1 && ofType(made, type).length === 1 ? (only[0] as string) : null;
}

const ofType = (document: WorkflowDocument, type: string): string[] =>
  Object.keys(document.nodes).filter((name) => typeName(document.nodes[name]?.type ?? "") === type);
