/** Subgraphs as node types: their sockets, widgets and defaults are those of the nodes that their interface names. */
import type { WorkflowDocument } from "./document";
import { Inference } from "./infer";
import type { InputSpec, NodeSpec, Registry } from "./registry";

/** The types of the subgraphs that can be used in the last of these documents, each of which is in the one before. */
export function subgraphSpecs(
  documents: readonly WorkflowDocument[],
  registry: Registry,
): Map<string, NodeSpec> {
  const found = new Map<string, NodeSpec>();
  const graphs = new Map(documents.flatMap((one) => Object.entries(one.subgraphs ?? {})));
  registry.withSubgraphs(found); // so that those that use others find them
  const under = new Set<string>();
  const visit = (name: string): void => {
    const graph = graphs.get(name);
    if (graph === undefined || under.has(name)) return;
    under.add(name);
    for (const body of Object.values(graph.nodes ?? {})) visit(body.type);
    found.set(name, specOf(name, graph, registry));
  };
  for (const name of graphs.keys()) visit(name);
  return found;
}

function specOf(name: string, graph: WorkflowDocument, registry: Registry): NodeSpec {
  const inference = new Inference(graph, registry);
  const inputs = Object.entries(graph.interface?.inputs ?? {}).flatMap(([key, entry]): InputSpec[] => {
    const target = [entry?.to as string | string[]].flat()[0];
    if (typeof target !== "string") return [];
    const dot = target.lastIndexOf(".");
    const body = graph.nodes[target.slice(0, dot)];
    const inner = registry.find(body?.type ?? "")?.input(target.slice(dot + 1));
    if (inner === undefined) return [];
    const given = body?.inputs?.[inner.name];
    const type = inference.input(target.slice(0, dot), inner.name);
    return [
      {
        ...inner,
        name: key,
        type,
        required: inner.required && given === undefined,
        default: given ?? inner.default,
      },
    ];
  });
  const outputs = Object.entries(graph.interface?.outputs ?? {}).map(([key, entry]) => {
    const [node = "", output] = String(entry?.from ?? "").split(".");
    const type = inference.output({ node, output: output ?? null });
    const spec = registry.find(graph.nodes[node]?.type ?? "");
    const text = spec?.outputs.find((one) => output === undefined || one.name === output)?.typeText ?? "any";
    return { name: key, type, typeText: text };
  });
  const byName = new Map(inputs.map((one) => [one.name, one]));
  return {
    name,
    versioned: name,
    label: graph.name ?? name,
    title: graph.description ?? `A subgraph of ${Object.keys(graph.nodes).length} nodes`,
    doc: graph.description ?? "A part of this workflow, made into one node.",
    category: "subgraph",
    stage: null,
    paper: "",
    source: null,
    formula: null,
    examples: [],
    plan: false,
    sink: false,
    inputs,
    outputs,
    input: (key) => byName.get(key),
  };
}
