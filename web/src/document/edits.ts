/** Edits that people make, as operations on the document as it is. Pure. */
import type { Json } from "../api/types";
import {
  asLink,
  framesAround,
  isFrame,
  type Mode,
  membersOf,
  type NodeBody,
  typeName,
  type WorkflowDocument,
} from "../graph/document";
import { Inference } from "../graph/infer";
import type { NodeSpec, Registry } from "../graph/registry";
import { freeName } from "./apply";
import type { Operation, Position } from "./operations";

/** A socket, as the canvas names it: `i:name`, `o:name`, and of frames `first:`, `next:`, `in:`, `out:`, `item`, … */
export interface End {
  node: string;
  handle: string;
}

export function nameFor(document: WorkflowDocument, type: string): string {
  const last = typeName(type).split(".").at(-1) ?? "node";
  const clean = last.toLowerCase().replaceAll(/[^a-z0-9_-]/g, "_");
  const start = /^[a-z_]/.test(clean) ? clean : `n_${clean}`;
  return freeName(start === "loop" ? "loop" : start, new Set(Object.keys(document.nodes)));
}

export function addNode(
  document: WorkflowDocument,
  spec: NodeSpec,
  position: Position,
  frame?: string,
): { node: string; operations: Operation[] } {
  const node = nameFor(document, spec.name);
  const body: NodeBody = { type: spec.versioned, inputs: {} };
  if (frame !== undefined) body.in = frame;
  for (const input of spec.inputs) {
    if (input.required && !input.socket && input.schema?.["x-loom"]?.source === "models")
      body.inputs = { [input.name]: "shapes" };
  }
  return { node, operations: [{ op: "add_node", node, body, position: rounded(position) }] };
}

/** What links an output to an input; null if there is no such link to write. */
export function connect(
  document: WorkflowDocument,
  registry: Registry,
  from: End,
  to: End,
): Operation[] | null {
  const source = sourceText(document, registry, from, to);
  if (source === null) return null;
  const [kind, name = ""] = split(to.handle);
  switch (kind) {
    case "i": {
      const spec = registry.find(document.nodes[to.node]?.type ?? "")?.input(name);
      const link: Operation = { op: "link", node: to.node, input: name, source };
      return [spec?.many === true ? { ...link, append: true } : link];
    }
    case "first":
    case "next":
      return [{ op: "set_carry", node: to.node, name, end: kind, value: { from: source } }];
    case "collect":
      return [{ op: "set_collect", node: to.node, name, source }];
    case "until":
      return [{ op: "set_until", node: to.node, source }];
    default:
      return null;
  }
}

function sourceText(document: WorkflowDocument, registry: Registry, from: End, to: End): string | null {
  const body = document.nodes[from.node];
  const [kind, name = ""] = split(from.handle);
  if (kind === "item") return inFrame(document, to, from.node) ? `${from.node}.item` : null;
  if (kind === "in") return inFrame(document, to, from.node) ? `${from.node}.${name}` : null;
  if (kind === "out") return inFrame(document, to, from.node) ? null : `${from.node}.${name}`;
  if (kind !== "o" || body === undefined) return null;
  const first = registry.find(body.type)?.outputs[0]?.name;
  return name === first ? from.node : `${from.node}.${name}`;
}

/** True if a socket is inside a frame: of a node in it, or on the inner side of its edge. */
function inFrame(document: WorkflowDocument, end: End, frame: string): boolean {
  if (end.node === frame) return ["next", "collect", "until"].includes(split(end.handle)[0]);
  return framesAround(document, end.node).includes(frame);
}

export function split(handle: string): [string, string?] {
  const at = handle.indexOf(":");
  return at < 0 ? [handle] : [handle.slice(0, at), handle.slice(at + 1)];
}

/** True if an output may be linked to an input: the types fit, and no node of a frame is read from outside of it. */
export function canConnect(document: WorkflowDocument, registry: Registry, from: End, to: End): boolean {
  if (from.node === to.node && !isFrame(document.nodes[from.node])) return false;
  if (!isVisible(document, from, to) || closesCircle(document, from, to)) return false;
  const inference = new Inference(document, registry);
  const source = endType(document, registry, inference, from);
  if (to.handle === "i:over") return registry.iteration(source) !== null;
  return registry.connects(source, endType(document, registry, inference, to));
}

/** The type at a socket. */
export function endType(document: WorkflowDocument, registry: Registry, inference: Inference, end: End) {
  const [kind, name = ""] = split(end.handle);
  const inside = membersOf(document, end.node)[0] ?? end.node;
  switch (kind) {
    case "i":
      return end.handle === "i:over" ? { kind: "unknown" as const } : inference.input(end.node, name);
    case "o":
      return inference.output({ node: end.node, output: name });
    case "item":
      return inference.output({ node: end.node, output: "item" }, inside);
    case "in":
    case "first":
    case "next":
    case "out":
      return inference.output({ node: end.node, output: name });
    default:
      return registry.find("bool.not")?.outputs[0]?.type ?? { kind: "unknown" as const };
  }
}

function isVisible(document: WorkflowDocument, from: End, to: End): boolean {
  const around = framesAround(document, to.node);
  if (["next", "collect", "until"].includes(split(to.handle)[0])) around.unshift(to.node);
  const home = document.nodes[from.node]?.in;
  const kind = split(from.handle)[0];
  if (kind === "item" || kind === "in") return around.includes(from.node);
  return home === undefined || around.includes(home);
}

/** True if `to` already leads to `from` (outside of `carry.next`, which is meant to). */
function closesCircle(document: WorkflowDocument, from: End, to: End): boolean {
  if (["next", "collect", "until"].includes(split(to.handle)[0])) return false;
  const seen = new Set<string>();
  const trail = [from.node];
  while (trail.length > 0) {
    const at = trail.pop() as string;
    if (at === to.node) return !isFrame(document.nodes[at]) || split(from.handle)[0] === "out";
    if (seen.has(at)) continue;
    seen.add(at);
    for (const value of Object.values(document.nodes[at]?.inputs ?? {})) {
      for (const one of Array.isArray(value) ? value : [value]) {
        const link = asLink(one);
        if (link !== null) trail.push(link.node);
      }
    }
  }
  return false;
}

export function removeNodes(document: WorkflowDocument, ids: Iterable<string>): Operation[] {
  return [...ids].flatMap((id): Operation[] => {
    if (id.startsWith("note:")) return [{ op: "remove_note", note: id.slice(5) }];
    if (id.startsWith("reroute:")) return [{ op: "remove_reroute", reroute: id.slice(8) }];
    if (id.startsWith("group:")) return [{ op: "remove_group", group: id.slice(6) }];
    return document.nodes[id] === undefined ? [] : [{ op: "remove_node", node: id }];
  });
}

/** The fragment that a selection is, for the clipboard: frames bring what is in them. */
export function fragmentOf(document: WorkflowDocument, ids: Iterable<string>) {
  const picked = new Set<string>();
  for (const id of ids) {
    if (document.nodes[id] === undefined) continue;
    picked.add(id);
    for (const member of isFrame(document.nodes[id]) ? membersOf(document, id) : []) picked.add(member);
  }
  const pick = <T>(from: { [name: string]: T } | undefined): { [name: string]: T } =>
    Object.fromEntries(Object.entries(from ?? {}).filter(([name]) => picked.has(name)));
  return { nodes: pick(document.nodes), positions: pick(document.ui?.positions) };
}

/** Toggle a mode on nodes: all have it → normal. */
export function toggleMode(
  document: WorkflowDocument,
  nodes: string[],
  mode: Extract<Mode, string>,
): Operation[] {
  const known = nodes.filter((id) => document.nodes[id] !== undefined && !isFrame(document.nodes[id]));
  if (known.length === 0) return [];
  const all = known.every((id) => document.nodes[id]?.mode === mode);
  return [{ op: "set_mode", nodes: known, mode: all ? "normal" : mode }];
}

export function setInput(node: string, input: string, value: Json): Operation {
  return { op: "set_input", node, input, value };
}

export function rounded([x, y]: Position): Position {
  return [Math.round(x), Math.round(y)];
}
