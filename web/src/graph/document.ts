/** A workflow document, and how to read it. Nothing here changes one; see document/operations. */
import type { Json, JsonObject } from "../api/types";

export interface LinkValue {
  from: string;
}
export interface CarryBody {
  first?: Json;
  next?: Json;
}
export type Mode = "bypass" | "mute" | { frozen: string };

/** A node as it stands in the document. Unknown keys are kept. */
export interface NodeBody {
  type: string;
  in?: string;
  inputs?: { [name: string]: Json };
  mode?: Mode;
  carry?: { [name: string]: CarryBody };
  collect?: { [name: string]: LinkValue };
  until?: LinkValue;
  [key: string]: unknown;
}

export interface Group {
  id: string;
  title?: string;
  colour?: string;
  nodes?: string[];
  [key: string]: unknown;
}
export interface Note {
  id: string;
  text?: string;
  position?: [number, number];
  size?: [number, number];
  [key: string]: unknown;
}

/** A point that links are led through; see document/reroutes. */
export interface Reroute {
  id: string;
  source: string;
  links: string[];
  position: [number, number];
  [key: string]: unknown;
}

export interface Look {
  collapsed?: boolean;
  more?: boolean;
  /** inputs that are drawn as sockets, though they have a widget */
  sockets?: string[];
  title?: string;
  colour?: string;
  width?: number;
  [key: string]: unknown;
}

export interface WorkflowDocument {
  format: number;
  name?: string;
  description?: string;
  nodes: { [name: string]: NodeBody };
  interface?: { inputs?: { [name: string]: JsonObject }; outputs?: { [name: string]: JsonObject } };
  subgraphs?: { [name: string]: WorkflowDocument };
  ui?: {
    positions?: { [name: string]: [number, number] };
    nodes?: { [name: string]: Look };
    groups?: Group[];
    notes?: Note[];
    reroutes?: Reroute[];
  };
  [key: string]: unknown;
}

export const LOOP = "flow.loop";
export const EMPTY: WorkflowDocument = { format: 1, nodes: {} };

/** The name of a node's type, without its version. */
export function typeName(type: string): string {
  const at = type.indexOf("@");
  return at < 0 ? type : type.slice(0, at);
}

export function isFrame(body: NodeBody | undefined): boolean {
  return body !== undefined && typeof body.type === "string" && typeName(body.type) === LOOP;
}

export interface Source {
  node: string;
  output: string | null;
}

/** The link that a value is, or null for a literal. */
export function asLink(value: unknown): Source | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const from = (value as { from?: unknown }).from;
  if (typeof from !== "string" || Object.keys(value).length !== 1) return null;
  const dot = from.indexOf(".");
  return dot < 0 ? { node: from, output: null } : { node: from.slice(0, dot), output: from.slice(dot + 1) };
}

export function linksIn(value: unknown): Source[] {
  const parts = Array.isArray(value) ? value : [value];
  return parts.map(asLink).filter((one) => one !== null);
}

/** A literal as it is meant: `{"value": x}` quotes x. */
export function unquoted(value: Json | undefined): Json | undefined {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    const keys = Object.keys(value);
    if (keys.length === 1 && keys[0] === "value") return value.value;
  }
  return value;
}

/** The frames around a node, the inner one first. A circle ends the list. */
export function framesAround(document: WorkflowDocument, node: string): string[] {
  const found: string[] = [];
  let at = document.nodes[node]?.in;
  while (at !== undefined && document.nodes[at] !== undefined && !found.includes(at) && at !== node) {
    found.push(at);
    at = document.nodes[at]?.in;
  }
  return found;
}

/** All nodes inside a frame, in frames within it too. */
export function membersOf(document: WorkflowDocument, frame: string): string[] {
  return Object.keys(document.nodes).filter((name) => framesAround(document, name).includes(frame));
}

export function lookOf(document: WorkflowDocument, node: string): Look {
  return document.ui?.nodes?.[node] ?? NO_LOOK;
}
const NO_LOOK: Look = {};

/** Words of the field that are not written small. */
const SPELLED = new Map(
  ["CFG", "CLIP", "UNet", "VAE", "LoRA", "ControlNet", "ControlNets", "XY"].map((word) => [
    word.toLowerCase(),
    word,
  ]),
);

/** A node's name as a title: `positive` → Positive, `base_loop` → Base loop, `cfg_refine` → CFG refine. */
export function titleOf(name: string, look: Look = NO_LOOK): string {
  if (typeof look.title === "string" && look.title !== "") return look.title;
  const text = name
    .replaceAll(/[_-]+/g, " ")
    .trim()
    .replaceAll(/[a-z]+/g, (word) => SPELLED.get(word) ?? word);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
