/**
 * The document as things to draw: cards, frames, groups and notes with their rectangles, links with their ends. Pure;
 * what has not changed in the document keeps its layout, so that a new scene of 2 000 nodes costs little.
 */

import { endOf, fromText, pointsOf, type Slot } from "../document/reroutes";
import {
  asLink,
  framesAround,
  type Group,
  isFrame,
  type Look,
  linksIn,
  lookOf,
  type NodeBody,
  type Note,
  type Reroute,
  type Source,
  typeName,
  type WorkflowDocument,
} from "../graph/document";
import type { NodeSpec, Registry } from "../graph/registry";
import type { Point, Rect } from "../view/geometry";
import { centre, contains, grown, union } from "../view/geometry";
import { type CardLayout, cardLayout, type Port } from "./cardLayout";
import { type FoldedLayout, foldedLayout } from "./foldedLayout";
import { type FrameLayout, frameLayout, frameRect } from "./frameLayout";
import type { Mark } from "./marks";

export type SceneNode = { id: string; rect: Rect; depth: number; handles: readonly Port[]; mark?: Mark } & (
  | { kind: "card"; body: NodeBody; look: Look; layout: CardLayout }
  | { kind: "frame"; body: NodeBody; look: Look; layout: FrameLayout; members: readonly string[] }
  | { kind: "folded"; body: NodeBody; look: Look; layout: FoldedLayout; members: readonly string[] }
  | { kind: "note"; note: Note }
  | { kind: "reroute"; reroute: Reroute; ends: readonly string[]; link: { node: string; source: Source } }
  | { kind: "group"; group: Group; members: readonly string[] }
);

export interface SceneEdge {
  id: string;
  source: string;
  sourceHandle: string;
  target: string;
  targetHandle: string;
  /** the reroutes that it passes, as nodes of the scene */
  through: readonly string[];
  /** the link in the document */
  link: DocumentLink;
  mark?: "added" | "removed";
}

export interface Scene {
  nodes: readonly SceneNode[];
  byId: ReadonlyMap<string, SceneNode>;
  edges: readonly SceneEdge[];
}

/** Makes scenes of one document after another; remembers layouts by the identity of what they were made of. */
interface Made {
  spec: NodeSpec | undefined;
  body: NodeBody;
  look: Look;
  read: string;
  layout: CardLayout;
}

export class SceneMaker {
  private cards = new Map<string, Made>();

  constructor(private readonly registry: Registry) {}

  /** `gone`: links that the document has no more, and that are drawn all the same. */
  make(document: WorkflowDocument, gone: readonly DocumentLink[] = []): Scene {
    const folds = foldedInto(document);
    const links = [...documentLinks(document), ...gone];
    const read = readOutputs(links);
    const cards = new Map<string, Made>();
    const nodes: SceneNode[] = [];
    const placed = new Map<string, Rect>();
    const frames: string[] = [];
    for (const [id, body] of Object.entries(document.nodes)) {
      if (folds.has(id)) continue;
      if (isFrame(body)) {
        frames.push(id);
        continue;
      }
      const look = lookOf(document, id);
      const outputs = read.get(id) ?? NONE;
      const known = this.cards.get(id);
      const reads = [...outputs].join();
      const spec = this.registry.find(body.type);
      const layout =
        known !== undefined &&
        known.spec === spec &&
        known.body === body &&
        known.look === look &&
        known.read === reads
          ? known.layout
          : cardLayout({ body, look, spec, read: outputs });
      cards.set(id, { spec, body, look, read: reads, layout });
      const [x, y] = positionOf(document, id);
      const rect = { x, y, width: layout.width, height: layout.height };
      placed.set(id, rect);
      const depth = body.in === undefined ? 0 : framesAround(document, id).length;
      nodes.push({ kind: "card", id, rect, depth, handles: layout.ports, body, look, layout });
    }
    this.cards = cards;
    const deepFirst = frames
      .map((id) => ({ id, depth: framesAround(document, id).length }))
      .sort((a, b) => b.depth - a.depth);
    for (const { id, depth } of deepFirst) {
      const made = this.frame(document, id, depth, placed, links);
      placed.set(id, made.rect);
      nodes.push(made);
    }
    for (const group of document.ui?.groups ?? []) {
      const made = groupOf(group, placed);
      if (made !== null) nodes.push(made);
    }
    for (const note of document.ui?.notes ?? []) nodes.push(noteOf(note));
    const byId = new Map(nodes.map((one) => [one.id, one]));
    const edges = edgesOf(document, links, byId, folds, this.registry);
    for (const one of ledThrough(document, edges, folds)) {
      nodes.push(one);
      byId.set(one.id, one);
    }
    return { nodes, byId, edges };
  }

  private frame(
    document: WorkflowDocument,
    id: string,
    depth: number,
    placed: ReadonlyMap<string, Rect>,
    links: readonly DocumentLink[],
  ): SceneNode {
    const body = document.nodes[id] as NodeBody;
    const look = lookOf(document, id);
    const members = Object.keys(document.nodes).filter((one) => framesAround(document, one).includes(id));
    const at = positionOf(document, id);
    if (look.collapsed === true) {
      const layout = foldedLayout(document, id, members, links, this.registry);
      const rect = { x: at[0], y: at[1], width: layout.width, height: layout.height };
      return { kind: "folded", id, rect, depth, handles: layout.ports, body, look, layout, members };
    }
    const inside = members
      .filter((one) => document.nodes[one]?.in === id)
      .flatMap((one) => placed.get(one) ?? []);
    const layout = frameLayout(body);
    const rect = frameRect(inside, at);
    return { kind: "frame", id, rect, depth, handles: layout.handles, body, look, layout, members };
  }
}

/** The scene while nodes are dragged: what is held stands where the hand is, frames and groups follow. */
export function dragged(scene: Scene, drag: ReadonlyMap<string, Point>): Scene {
  if (drag.size === 0) return scene;
  const moved = new Map<string, Rect>();
  for (const [id, [x, y]] of drag) {
    const node = scene.byId.get(id);
    if (node !== undefined) moved.set(id, { ...node.rect, x, y });
  }
  const rectOf = (id: string): Rect | null => moved.get(id) ?? scene.byId.get(id)?.rect ?? null;
  const nodes = scene.nodes.map((node) => {
    const held = moved.get(node.id);
    if (held !== undefined) return { ...node, rect: held };
    if (node.kind === "group") {
      if (!node.members.some((one) => moved.has(one))) return node;
      return { ...node, rect: groupRect(node.members.flatMap((one) => rectOf(one) ?? [])) ?? node.rect };
    }
    if (node.kind !== "frame" || !node.members.some((one) => moved.has(one))) return node;
    const own = node.members.filter((one) => bodyOf(scene, one)?.in === node.id);
    const inside = own.flatMap((one) => rectOf(one) ?? []);
    const staying = inside.filter((one) => contains(node.rect, centre(one))); // what is dragged out leaves the loop
    const all = own.every((one) => moved.has(one));
    const rect = frameRect(all ? inside : staying, [node.rect.x, node.rect.y]);
    moved.set(node.id, rect);
    return { ...node, rect };
  });
  return { ...scene, nodes, byId: new Map(nodes.map((one) => [one.id, one])) };
}

function bodyOf(scene: Scene, id: string): NodeBody | null {
  const node = scene.byId.get(id);
  return node !== undefined && "body" in node ? node.body : null;
}

export interface DocumentLink {
  node: string;
  slot: Slot;
  source: Source;
  /** it is drawn, and not in the document */
  gone?: true;
}

/** Every link of the nodes of a document. */
export function documentLinks(document: WorkflowDocument): DocumentLink[] {
  const found: DocumentLink[] = [];
  for (const [node, body] of Object.entries(document.nodes)) {
    for (const [name, value] of Object.entries(body.inputs ?? {})) {
      const single = asLink(value);
      if (single !== null) found.push({ node, slot: { kind: "input", name, at: null }, source: single });
      else if (Array.isArray(value)) {
        value.forEach((one, at) => {
          const source = asLink(one);
          if (source !== null) found.push({ node, slot: { kind: "input", name, at }, source });
        });
      }
    }
    for (const [name, ends] of Object.entries(body.carry ?? {})) {
      for (const end of ["first", "next"] as const) {
        for (const source of linksIn(ends?.[end])) found.push({ node, slot: { kind: end, name }, source });
      }
    }
    for (const [name, value] of Object.entries(body.collect ?? {})) {
      for (const source of linksIn(value)) found.push({ node, slot: { kind: "collect", name }, source });
    }
    for (const source of linksIn(body.until)) found.push({ node, slot: { kind: "until" }, source });
  }
  return found;
}

const NONE: ReadonlySet<string> = new Set();

function readOutputs(links: readonly DocumentLink[]): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { source } of links) {
    const set = found.get(source.node) ?? new Set();
    set.add(source.output ?? "out");
    found.set(source.node, set);
  }
  return found;
}

/** Nodes that are not drawn themselves, and the outermost folded frame that stands for them. */
export function foldedInto(document: WorkflowDocument): Map<string, string> {
  const found = new Map<string, string>();
  for (const id of Object.keys(document.nodes)) {
    const outer = framesAround(document, id)
      .reverse()
      .find((frame) => lookOf(document, frame).collapsed === true);
    if (outer !== undefined) found.set(id, outer);
  }
  return found;
}

export function slotHandle(slot: Slot): string {
  if (slot.kind === "until") return "until";
  return slot.kind === "input" ? `i:${slot.name}` : `${slot.kind}:${slot.name}`;
}

function edgesOf(
  document: WorkflowDocument,
  links: readonly DocumentLink[],
  byId: ReadonlyMap<string, SceneNode>,
  folds: ReadonlyMap<string, string>,
  registry: Registry,
): SceneEdge[] {
  const edges: SceneEdge[] = [];
  const inside = new Map<string, readonly string[]>();
  for (const link of links) {
    const target = folds.get(link.node) ?? link.node;
    const source = folds.get(link.source.node) ?? link.source.node;
    const from = byId.get(source);
    const to = byId.get(target);
    if (from === undefined || to === undefined) continue;
    if (source === target && (from.kind === "folded" || folds.has(link.source.node))) continue; // within a folded frame
    if (
      to.kind === "folded" &&
      link.node === target &&
      (link.slot.kind === "next" || link.slot.kind === "collect")
    )
      continue;
    const targetHandle = folds.has(link.node)
      ? to.kind === "folded"
        ? to.layout.portOf(link)
        : null
      : slotHandle(link.slot);
    if (targetHandle === null) continue;
    const around = inside.get(link.node) ?? framesAround(document, link.node);
    inside.set(link.node, around);
    const sourceHandle = sourceHandleOf(document, link, around, registry);
    const place = link.slot.kind === "input" && link.slot.at !== null ? `#${link.slot.at}` : "";
    const id = `${link.gone === true ? `was:${link.source.node}:` : ""}${link.node}.${slotHandle(link.slot)}${place}`;
    edges.push({ id, source, sourceHandle, target, targetHandle, through: NOWHERE, link });
  }
  return edges;
}

const NOWHERE: readonly string[] = [];

/**
 * The points that links on show pass; the links are told. A link of a node that is folded away is led as if it had none:
 * they would lead it into the loop and out again.
 */
function ledThrough(
  document: WorkflowDocument,
  edges: SceneEdge[],
  folds: ReadonlyMap<string, string>,
): SceneNode[] {
  const points = pointsOf(document);
  if (points.length === 0) return [];
  const byLink = new Map<string, number[]>();
  edges.forEach(({ link }, at) => {
    if (link.gone === true || folds.has(link.node) || folds.has(link.source.node)) return;
    const key = `${fromText(link.source)} ${endOf(link.node, link.slot)}`;
    byLink.set(key, [...(byLink.get(key) ?? []), at]);
  });
  return points.flatMap((reroute): SceneNode[] => {
    const id = `reroute:${reroute.id}`;
    const mine = reroute.links.flatMap((end) => byLink.get(`${reroute.source} ${end}`) ?? []);
    for (const at of mine) {
      const edge = edges[at] as SceneEdge;
      edges[at] = { ...edge, through: [...edge.through, id] };
    }
    const first = mine[0] === undefined ? undefined : edges[mine[0]];
    if (first === undefined) return [];
    const rect = rerouteRect(reroute.position);
    const ends = [...new Set(mine.flatMap((at) => [edges[at]?.source ?? "", edges[at]?.target ?? ""]))];
    const link = { node: first.link.node, source: first.link.source };
    return [{ kind: "reroute", id, rect, depth: 0, handles: REROUTE_HANDLES, reroute, ends, link }];
  });
}

export const REROUTE_SIZE = 20;
const REROUTE_HANDLES: readonly Port[] = [
  { id: "in", side: "left", y: REROUTE_SIZE / 2 },
  { id: "out", side: "right", y: REROUTE_SIZE / 2 },
];

function rerouteRect([x, y]: Point): Rect {
  return {
    x: x - REROUTE_SIZE / 2,
    y: y - REROUTE_SIZE / 2,
    width: REROUTE_SIZE,
    height: REROUTE_SIZE,
  };
}

function sourceHandleOf(
  document: WorkflowDocument,
  link: DocumentLink,
  around: readonly string[],
  registry: Registry,
): string {
  const body = document.nodes[link.source.node];
  if (isFrame(body)) {
    const carried = Object.keys(body?.carry ?? {})[0];
    const output = link.source.output ?? carried ?? "item";
    const inner =
      around.includes(link.source.node) ||
      (link.node === link.source.node && link.slot.kind !== "input" && link.slot.kind !== "first");
    if (inner) return output === "item" || output === "index" || output === "count" ? "item" : `in:${output}`;
    return `out:${output}`;
  }
  const first = registry.find(body?.type ?? "")?.outputs[0]?.name ?? "out";
  return `o:${link.source.output ?? first}`;
}

export function positionOf(document: WorkflowDocument, node: string): Point {
  return document.ui?.positions?.[node] ?? [0, 0];
}

function groupOf(group: Group, placed: ReadonlyMap<string, Rect>): SceneNode | null {
  const members = group.nodes ?? [];
  const rect = groupRect(members.flatMap((one) => placed.get(one) ?? []));
  return rect === null
    ? null
    : { kind: "group", id: `group:${group.id}`, rect, depth: -1, handles: [], group, members };
}

function groupRect(inside: readonly Rect[]): Rect | null {
  const around = union(inside);
  if (around === null) return null;
  const wide = grown(around, 20);
  return { ...wide, y: wide.y - 28, height: wide.height + 28 };
}

function noteOf(note: Note): SceneNode {
  const [x, y] = note.position ?? [0, 0];
  const [width, height] = note.size ?? [240, 120];
  return { kind: "note", id: `note:${note.id}`, rect: { x, y, width, height }, depth: 0, handles: [], note };
}

export function isUnknown(registry: Registry, body: NodeBody): boolean {
  return registry.find(typeName(body.type)) === undefined;
}
