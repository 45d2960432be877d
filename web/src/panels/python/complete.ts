/** What can stand at a place of the program: node types, their inputs, values of an enum, nodes and their outputs. */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { WorkflowDocument } from "../../graph/document";
import { isFrame } from "../../graph/document";
import type { InputSpec, Registry } from "../../graph/registry";

type SyntaxNode = ReturnType<ReturnType<typeof syntaxTree>["resolveInner"]>;

export interface Known {
  registry: Registry;
  document(): WorkflowDocument;
}

const WORDS: readonly Completion[] = [
  { label: "add", detail: "a node", type: "method" },
  { label: "loop", detail: "with w.loop(over=…, state=…) as name:", type: "method" },
  { label: "named", detail: "says the next node's name", type: "method" },
  { label: "having", detail: 'mode="bypass", mode="mute"', type: "method" },
  { label: "curve", detail: "a number over the steps", type: "method" },
  { label: "input", detail: "of the interface", type: "method" },
  { label: "output", detail: "of the interface", type: "method" },
  { label: "subgraph", detail: "a workflow as a node type", type: "method" },
];

export function completions(known: Known): (context: CompletionContext) => CompletionResult | null {
  return (context) => {
    const node = syntaxTree(context.state).resolveInner(context.pos, -1);
    const text = (one: SyntaxNode): string => context.state.sliceDoc(one.from, one.to);
    const call = callAround(node, text);
    if (node.name === "String" || node.name === "ContinuedString") {
      const from = node.from + 1;
      if (call !== null && isFirst(node, call.args))
        return { from, options: types(known.registry), validFor: /^[\w.@]*$/ };
      const input = call === null ? undefined : inputAt(known, call, node, text);
      const options = choices(input).filter((one) => one.text);
      return options.length === 0 ? null : { from, options, validFor: /^[\w .-]*$/ };
    }
    const member = context.matchBefore(/[\w]+\.\w*/);
    if (member !== null) {
      const [holder = "", start = ""] = member.text.split(".");
      return { from: member.to - start.length, options: outputs(known, holder), validFor: /^\w*$/ };
    }
    const word = context.matchBefore(/\w+/);
    if (word === null && !context.explicit) return null;
    const from = word?.from ?? context.pos;
    if (call === null) return { from, options: nodes(known), validFor: /^\w*$/ };
    const value = /=\s*\w*$/.test(context.state.sliceDoc(context.state.doc.lineAt(from).from, context.pos));
    if (!value) return { from, options: inputs(known, call.type, given(call.args, text)), validFor: /^\w*$/ };
    const input = inputAt(known, call, node, text);
    return { from, options: [...choices(input).map(quoted), ...nodes(known)], validFor: /^\w*$/ };
  };
}

interface Call {
  type: string;
  args: SyntaxNode;
}

/** The `add` that a place is in, and what it adds. */
function callAround(node: SyntaxNode, text: (one: SyntaxNode) => string): Call | null {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) {
    if (at.name !== "CallExpression") continue;
    const args = at.getChild("ArgList");
    if (args === null || args.from >= node.to || !/\.\s*add$/.test(text(at).slice(0, args.from - at.from)))
      continue;
    const first = args.getChild("String");
    return { type: first === null ? "" : text(first).slice(1, -1), args };
  }
  return null;
}

function isFirst(node: SyntaxNode, args: SyntaxNode): boolean {
  return args.getChild("String")?.from === node.from && args.firstChild?.nextSibling?.from === node.from;
}

/** The inputs that a call has already. */
function given(args: SyntaxNode, text: (one: SyntaxNode) => string): Set<string> {
  return new Set(args.getChildren("VariableName").map(text));
}

/** The input whose value a place is in. */
function inputAt(
  known: Known,
  call: Call,
  node: SyntaxNode,
  text: (one: SyntaxNode) => string,
): InputSpec | undefined {
  let name: SyntaxNode | null = null;
  for (let at = call.args.firstChild; at !== null && at.from < node.to; at = at.nextSibling) {
    if (at.name === "VariableName" && at.nextSibling?.name === "AssignOp") name = at;
    if (at.name === ",") name = null;
  }
  return name === null ? undefined : known.registry.find(call.type)?.input(text(name));
}

function types(registry: Registry): Completion[] {
  return registry.all().map((one) => ({
    label: one.versioned,
    detail: one.label,
    info: one.title,
    type: "type",
  }));
}

function inputs(known: Known, type: string, there: ReadonlySet<string>): Completion[] {
  const spec = known.registry.find(type);
  return (spec?.inputs ?? [])
    .filter((one) => !there.has(one.name))
    .map((one) => ({
      label: one.name,
      apply: `${one.name}=`,
      detail: one.typeText,
      type: "property",
      boost: one.required ? 1 : 0,
    }));
}

type Choice = Completion & { text: boolean };

function choices(input: InputSpec | undefined): Choice[] {
  const schema = input?.schema;
  const all = schema?.enum ?? schema?.anyOf?.flatMap((one) => one.enum ?? []) ?? [];
  return all.map((one) => ({ label: String(one), type: "enum", text: typeof one === "string" }));
}

function quoted({ label, text }: Choice): Completion {
  return { label: text ? JSON.stringify(label) : label, type: "enum", boost: 2 };
}

function nodes(known: Known): Completion[] {
  const { nodes: all } = known.document();
  return [
    { label: "w", detail: "the workflow", type: "variable" },
    ...Object.entries(all).map(([id, body]) => ({ label: id, detail: body.type, type: "variable" })),
  ];
}

function outputs(known: Known, holder: string): Completion[] {
  if (holder === "w") return [...WORDS];
  const body = known.document().nodes[holder];
  if (body === undefined) return [];
  if (isFrame(body)) {
    const carried = [...Object.keys(body.carry ?? {}), ...Object.keys(body.collect ?? {})];
    return [
      ...[...carried, "item", "index", "count"].map((label) => ({ label, type: "property" })),
      ...["next", "collect", "until"].map((label) => ({ label, type: "method" })),
    ];
  }
  return (known.registry.find(body.type)?.outputs ?? []).map((one) => ({
    label: one.name,
    detail: one.typeText,
    type: "property",
  }));
}
