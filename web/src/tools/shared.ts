/** The inputs that several nodes have in common, to be edited together. Pure. */
import type { Json } from "../api/types";
import { same } from "../document/changes";
import { linksIn, type WorkflowDocument } from "../graph/document";
import type { InputSpec, Registry } from "../graph/registry";
import { type WidgetKind, widgetKind } from "../widgets/kind";

export interface SharedInput {
  input: InputSpec;
  widget: WidgetKind;
  /** false: the nodes say different things */
  equal: boolean;
}

/** Inputs of one name, type and widget that all the nodes have and none has linked. */
export function sharedInputs(
  document: WorkflowDocument,
  registry: Registry,
  nodes: readonly string[],
): SharedInput[] {
  const [first, ...others] = nodes.map((node) => ({
    body: document.nodes[node],
    spec: registry.find(document.nodes[node]?.type ?? ""),
  }));
  if (first?.spec === undefined) return [];
  return first.spec.inputs.flatMap((input): SharedInput[] => {
    const widget = widgetKind(input);
    if (widget === null || input.many || linksIn(first.body?.inputs?.[input.name]).length > 0) return [];
    const value = literalOf(input, first.body?.inputs?.[input.name]);
    let equal = true;
    for (const { body, spec } of others) {
      const other = spec?.input(input.name);
      const given = body?.inputs?.[input.name];
      if (other === undefined || other.typeText !== input.typeText || widgetKind(other) !== widget) return [];
      if (linksIn(given).length > 0) return [];
      equal &&= same(literalOf(other, given), value);
    }
    return [{ input, widget, equal }];
  });
}

function literalOf(input: InputSpec, given: Json | undefined): unknown {
  return given === undefined ? (input.default ?? null) : given;
}
