/** A loop frame folded into one card, a "sampler": what comes in from outside, the widgets of its body, what it carries out. */
import type { NodeBody, WorkflowDocument } from "../graph/document";
import { asLink } from "../graph/document";
import type { InputSpec, Registry } from "../graph/registry";
import { type WidgetKind, widgetKind } from "../widgets/kind";
import type { Port } from "./cardLayout";
import { FIELD, FRAME, GAP, HEAD, ROW, TEXT } from "./measures";
import type { DocumentLink } from "./scene";

export interface FoldedField {
  node: string;
  input: InputSpec;
  widget: WidgetKind;
  y: number;
  height: number;
}

export interface FoldedLayout {
  width: number;
  height: number;
  inputs: { id: string; label: string; y: number; node: string; input: string }[];
  outputs: { id: string; label: string; y: number }[];
  fields: FoldedField[];
  /** what a step computes, line by line */
  formulas: { text: string; y: number }[];
  /** where the steps are drawn */
  stepsAt: number;
  ports: Port[];
  /** the port that stands for a link into the body; null if there is none */
  portOf(link: DocumentLink): string | null;
}

const STEPS = 160;

export function foldedLayout(
  document: WorkflowDocument,
  frame: string,
  members: readonly string[],
  links: readonly DocumentLink[],
  registry: Registry,
): FoldedLayout {
  const body = document.nodes[frame] as NodeBody;
  const inside = new Set([frame, ...members]);
  const inputs: FoldedLayout["inputs"] = [];
  const ports = new Map<string, string>();
  let y = HEAD;
  const addInput = (id: string, label: string, node: string, input: string): void => {
    inputs.push({ id, label, y: y + ROW / 2, node, input });
    y += ROW;
  };
  addInput("i:over", "over", frame, "over");
  for (const name of Object.keys(body.carry ?? {})) addInput(`first:${name}`, name, frame, name);
  const incoming = links.filter((one) => members.includes(one.node) && !inside.has(one.source.node));
  const sources = Map.groupBy(incoming, (one) => `${one.source.node}.${one.source.output ?? ""}`);
  for (const [source, all] of sources) {
    const first = all[0];
    if (first === undefined || first.slot.kind === "until") continue;
    const sameName = [...sources.values()].filter(
      (other) => other[0]?.slot.kind !== "until" && nameOf(other[0]) === nameOf(first),
    );
    const label = sameName.length > 1 ? `${first.node} · ${nameOf(first)}` : nameOf(first);
    const id = `body:${source}`;
    ports.set(source, id);
    addInput(id, label, first.node, nameOf(first));
  }
  const outputs = [...Object.keys(body.carry ?? {}), ...Object.keys(body.collect ?? {})].map((name, row) => ({
    id: `out:${name}`,
    label: name,
    y: HEAD + ROW * row + ROW / 2,
  }));
  y = Math.max(y, HEAD + outputs.length * ROW);
  const fields: FoldedField[] = [];
  for (const node of members) {
    const inner = document.nodes[node];
    for (const input of registry.find(inner?.type ?? "")?.inputs ?? []) {
      const value = inner?.inputs?.[input.name];
      const widget = widgetKind(input);
      if (widget === null || value === undefined || asLink(value) !== null) continue;
      const height = widget === "text" ? TEXT : FIELD;
      fields.push({ node, input, widget, y, height });
      y += height;
    }
  }
  const lines = new Set(
    members.flatMap((one) => registry.find(document.nodes[one]?.type ?? "")?.formula?.line ?? []),
  );
  const formulas = [...lines].map((text, row) => ({ text, y: y + GAP + row * ROW }));
  const stepsAt = y + formulas.length * ROW + 2 * GAP;
  const all: Port[] = [
    ...inputs.map(({ id, y: at }) => ({ id, side: "left" as const, y: at })),
    ...outputs.map(({ id, y: at }) => ({ id, side: "right" as const, y: at })),
  ];
  return {
    width: FRAME.folded,
    height: stepsAt + STEPS + GAP,
    inputs,
    outputs,
    fields,
    formulas,
    stepsAt,
    ports: all,
    portOf: (link) => ports.get(`${link.source.node}.${link.source.output ?? ""}`) ?? null,
  };
}

function nameOf(link: DocumentLink | undefined): string {
  return link === undefined || link.slot.kind === "until" ? "" : link.slot.name;
}
