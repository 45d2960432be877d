/** Which model's text encoder reads a node's prompt: the links are followed to where the model is named. Pure. */
import { asLink, unquoted, type WorkflowDocument } from "./document";
import type { Registry } from "./registry";

const ENCODER = "TextEncoder";

/** The model's name; null where the node has no encoder, or where a choice or a subgraph's edge lies between. */
export function encoderModel(document: WorkflowDocument, registry: Registry, node: string): string | null {
  const seen = new Set<string>();
  for (let at = node; !seen.has(at); ) {
    seen.add(at);
    const body = document.nodes[at];
    const spec = registry.find(body?.type ?? "");
    if (body === undefined || spec === undefined) return null;
    const named = spec.inputs.find((one) => one.schema?.["x-loom"]?.source === "models");
    const gives = spec.outputs.some((one) => one.typeText === ENCODER);
    const through = spec.inputs.find((one) => one.typeText === ENCODER);
    if (through === undefined) {
      const model = unquoted(body.inputs?.[named?.name ?? ""]) ?? named?.default;
      return gives && typeof model === "string" ? model : null;
    }
    const link = asLink(body.inputs?.[through.name]);
    if (link === null) return null;
    at = link.node;
  }
  return null;
}
