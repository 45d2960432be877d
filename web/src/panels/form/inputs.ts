/** Which inputs a form shows: those that the document's interface names, or else those that people mostly change. Pure. */
import { linksIn, titleOf, typeName, type WorkflowDocument } from "../../graph/document";
import type { InputSpec, Registry } from "../../graph/registry";
import { interfaceTargets } from "../../graph/values";
import { type WidgetKind, widgetKind } from "../../widgets/kind";

export interface FormInput {
  /** the interface's name, or `node.input` */
  key: string;
  label: string;
  /** all inputs that get the value; the widget is that of the first */
  targets: [node: string, input: string][];
  input: InputSpec;
  widget: WidgetKind;
}

const MOST = 8;

/** The form of a document. */
export function formInputs(document: WorkflowDocument, registry: Registry): FormInput[] {
  const declared = Object.entries(document.interface?.inputs ?? {});
  if (declared.length === 0) return likely(document, registry);
  return declared.flatMap(([name, entry]) => {
    const targets = interfaceTargets(entry).filter(([node, input]) => isFree(document, node, input));
    const [first] = targets;
    const found = first === undefined ? null : specOf(document, registry, first);
    if (found === null) return [];
    const title = typeof entry.title === "string" ? entry.title : titleOf(name);
    return [{ key: name, label: title, targets, ...found }];
  });
}

/** Every input with a widget that is not linked, node by node: what a person may put into the form. */
export function candidates(document: WorkflowDocument, registry: Registry): FormInput[] {
  return Object.entries(document.nodes).flatMap(([node, body]) =>
    (registry.find(body.type)?.inputs ?? []).flatMap((input): FormInput[] => {
      const widget = widgetKind(input);
      if (widget === null || input.many || !isFree(document, node, input.name)) return [];
      const label = `${titleOf(node)}: ${input.name.replaceAll("_", " ")}`;
      return [{ key: `${node}.${input.name}`, label, targets: [[node, input.name]], input, widget }];
    }),
  );
}

/** What people mostly change, the most telling first. */
function likely(document: WorkflowDocument, registry: Registry): FormInput[] {
  return candidates(document, registry)
    .map((one) => ({ one, weight: weightOf(one, document) }))
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MOST)
    .map(({ one }) => one);
}

const NAMED: Record<string, number> = {
  steps: 50,
  scale: 48,
  strength: 46,
  width: 40,
  height: 39,
  batch: 30,
};

function weightOf({ input, widget, targets }: FormInput, document: WorkflowDocument): number {
  if (widget === "text") return 100;
  if (widget === "image") return 90;
  if (widget === "seed") return 60;
  const [node, name] = targets[0] ?? ["", ""];
  if (NAMED[input.name] !== undefined) return NAMED[input.name] as number;
  if (widget === "model") return 20;
  const isValue = typeName(document.nodes[node]?.type ?? "").startsWith("value.");
  return isValue || (widget === "number" && document.nodes[node]?.inputs?.[name] !== undefined) ? 10 : 0;
}

function isFree(document: WorkflowDocument, node: string, input: string): boolean {
  const body = document.nodes[node];
  return body !== undefined && linksIn(body.inputs?.[input]).length === 0;
}

function specOf(document: WorkflowDocument, registry: Registry, [node, name]: [string, string]) {
  const input = registry.find(document.nodes[node]?.type ?? "")?.input(name);
  const widget = input === undefined ? null : widgetKind(input);
  return input === undefined || widget === null ? null : { input, widget };
}

/** A name for the interface that is free: the input's own, or with its node's. */
export function interfaceName(document: WorkflowDocument, node: string, input: string): string {
  const taken = document.interface?.inputs ?? {};
  const names = [input, `${node}_${input}`];
  for (let number = 2; ; number += 1) {
    const name = names.shift() ?? `${node}_${input}_${number}`;
    if (taken[name] === undefined) return name;
  }
}
