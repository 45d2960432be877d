/** The sockets of a node as a list, and what each may be linked to: links without a pointer. Pure. */
import { frameLayout } from "../canvas/frameLayout";
import { canConnect, type End, split } from "../document/edits";
import type { Operation } from "../document/operations";
import {
  isFrame,
  linksIn,
  lookOf,
  type NodeBody,
  type Source,
  titleOf,
  type WorkflowDocument,
} from "../graph/document";
import type { Registry } from "../graph/registry";
import { typeText } from "../graph/types";

export interface SocketRow {
  handle: string;
  end: "input" | "output";
  name: string;
  /** its type in words */
  type: string;
  required: boolean;
  /** what it reads now */
  reads: readonly Source[];
}

export interface Partner extends End {
  title: string;
  name: string;
  type: string;
}

/** All sockets of a node: what it takes first, then what it gives. */
export function socketsOf(document: WorkflowDocument, registry: Registry, node: string): SocketRow[] {
  const body = document.nodes[node];
  if (body === undefined) return [];
  if (isFrame(body)) return frameSockets(body);
  const spec = registry.find(body.type);
  if (spec === undefined) return [];
  return [
    ...spec.inputs.map(
      (one): SocketRow => ({
        handle: `i:${one.name}`,
        end: "input",
        name: one.name,
        type: typeText(one.type),
        required: one.required,
        reads: linksIn(body.inputs?.[one.name]),
      }),
    ),
    ...spec.outputs.map((one) => giving(`o:${one.name}`, one.name, typeText(one.type))),
  ];
}

function frameSockets(body: NodeBody): SocketRow[] {
  const rows: SocketRow[] = [];
  const takes = (handle: string, name: string, value: unknown): void =>
    void rows.push({ handle, end: "input", name, type: "", required: false, reads: linksIn(value) });
  for (const { name, outer, inner } of frameLayout(body).ports) {
    for (const handle of [outer, inner]) {
      if (handle === null) continue;
      const [kind] = split(handle);
      if (kind === "i") takes(handle, "what it goes over", body.inputs?.over);
      else if (kind === "first") takes(handle, `${name} at the start`, body.carry?.[name]?.first);
      else if (kind === "next") takes(handle, `${name} for the next step`, body.carry?.[name]?.next);
      else if (kind === "collect") takes(handle, `${name}, from each step`, body.collect?.[name]);
      else if (kind === "until") takes(handle, "until", body.until);
      else if (kind === "item") rows.push(giving(handle, "item of this step"));
      else if (kind === "in") rows.push(giving(handle, `${name} of this step`));
      else rows.push(giving(handle, `${name} at the end`));
    }
  }
  takes(`first:${freeCarry(body, "state")}`, "a new state, carried from step to step", undefined);
  takes(`collect:${freeCarry(body, "collected")}`, "a new list, of something from each step", undefined);
  return rows;
}

function giving(handle: string, name: string, type = ""): SocketRow {
  return { handle, end: "output", name, type, required: false, reads: [] };
}

function freeCarry(body: NodeBody, name: string): string {
  const taken = new Set([...Object.keys(body.carry ?? {}), ...Object.keys(body.collect ?? {})]);
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name}_${number}`;
    if (!taken.has(candidate)) return candidate;
  }
}

/** Every socket that this one may be linked to; `near` says how far away a node is. */
export function partnersOf(
  document: WorkflowDocument,
  registry: Registry,
  { node, handle, end }: End & { end: "input" | "output" },
  near: (node: string) => number,
): Partner[] {
  const found: (Partner & { far: number })[] = [];
  for (const other of Object.keys(document.nodes)) {
    for (const row of socketsOf(document, registry, other)) {
      if (row.end === end || (other === node && !isFrame(document.nodes[node]))) continue;
      const there: End = { node: other, handle: row.handle };
      const [from, to] = end === "output" ? [{ node, handle }, there] : [there, { node, handle }];
      if (!canConnect(document, registry, from, to)) continue;
      const title = titleOf(other, lookOf(document, other));
      found.push({ ...there, title, name: row.name, type: row.type, far: near(other) });
    }
  }
  return found.sort((a, b) => a.far - b.far);
}

/** What takes the links of an input away; null where there is none to take. */
export function unlink(document: WorkflowDocument, node: string, row: SocketRow): Operation | null {
  if (row.reads.length === 0) return null;
  const [kind, name = ""] = split(row.handle);
  switch (kind) {
    case "i":
      return { op: "unlink", node, input: name };
    case "first":
    case "next":
      return document.nodes[node]?.carry?.[name] === undefined ? null : { op: "remove_carry", node, name };
    case "collect":
      return { op: "set_collect", node, name, source: null };
    case "until":
      return { op: "set_until", node, source: null };
    default:
      return null;
  }
}

export function sourceText(document: WorkflowDocument, { node, output }: Source): string {
  const title = titleOf(node, lookOf(document, node));
  return output === null ? title : `${title} · ${output.replaceAll("_", " ")}`;
}
