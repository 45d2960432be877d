/** Literals of a document: reading them, setting them as a run does, telling two documents apart. Pure. */
import type { Json } from "../api/types";
import { asLink, linksIn, typeName, type WorkflowDocument } from "./document";

/** `node.input` in two; an interface's name becomes the inputs that it feeds. */
export function targetsOf(document: WorkflowDocument, path: string): [node: string, input: string][] {
  const pair = splitPath(path);
  if (pair !== null) return [pair];
  return interfaceTargets(document.interface?.inputs?.[path]);
}

/** The inputs that an entry of the interface feeds. */
export function interfaceTargets(entry: unknown): [node: string, input: string][] {
  const to = typeof entry === "object" && entry !== null ? (entry as { to?: unknown }).to : undefined;
  return (Array.isArray(to) ? to : [to]).flatMap((one) => {
    const pair = typeof one === "string" ? splitPath(one) : null;
    return pair === null ? [] : [pair];
  });
}

function splitPath(path: string): [string, string] | null {
  const at = path.lastIndexOf(".");
  return at < 0 ? null : [path.slice(0, at), path.slice(at + 1)];
}

/** The document with the values that a run sets in it. What it does not have is left out. */
export function withValues(document: WorkflowDocument, set: { [path: string]: Json }): WorkflowDocument {
  const nodes = { ...document.nodes };
  for (const [path, value] of Object.entries(set)) {
    for (const [node, input] of targetsOf(document, path)) {
      const body = nodes[node];
      if (body !== undefined) nodes[node] = { ...body, inputs: { ...body.inputs, [input]: value } };
    }
  }
  return { ...document, nodes };
}

export interface Difference {
  node: string;
  /** null: the node is in one of the two only */
  input: string | null;
  a: string;
  b: string;
}

/** What differs between two documents, as rows: an input's value or link, or a node that only one has. */
export function differences(a: WorkflowDocument, b: WorkflowDocument): Difference[] {
  const rows: Difference[] = [];
  for (const node of new Set([...Object.keys(a.nodes), ...Object.keys(b.nodes)])) {
    const [one, two] = [a.nodes[node], b.nodes[node]];
    if (one === undefined || two === undefined || typeName(one.type) !== typeName(two.type)) {
      const text = (body: typeof one): string => (body === undefined ? "–" : typeName(body.type));
      rows.push({ node, input: null, a: text(one), b: text(two) });
      continue;
    }
    for (const input of new Set([...Object.keys(one.inputs ?? {}), ...Object.keys(two.inputs ?? {})])) {
      const [was, is] = [one.inputs?.[input], two.inputs?.[input]];
      if (JSON.stringify(was) === JSON.stringify(is)) continue;
      rows.push({ node, input, a: valueText(was), b: valueText(is) });
    }
  }
  return rows;
}

/** A value as a person reads it. */
export function valueText(value: Json | undefined): string {
  if (value === undefined) return "default";
  const link = asLink(value);
  if (link !== null) return `← ${link.node}${link.output === null ? "" : `.${link.output}`}`;
  if (Array.isArray(value) && linksIn(value).length === value.length && value.length > 0)
    return value.map(valueText).join(", ");
  if (typeof value === "string") return value === "" ? "(empty)" : value;
  if (typeof value === "number") return String(Number(value.toPrecision(7)));
  return JSON.stringify(value);
}
