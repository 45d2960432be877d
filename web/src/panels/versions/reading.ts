/**
 * What two versions differ in, as one graph: the newer one with what it has no more, a mark for each node and link that
 * differs, and the differences one by one. The server has compared them; here it is only read. Pure.
 */
import type { Compared, Comparison, Json } from "../../api/types";
import type { Mark, MarkedValue, Sign } from "../../canvas/marks";
import { type DocumentLink, documentLinks, foldedInto, slotHandle } from "../../canvas/scene";
import type { Step } from "../../document/inside";
import { withNames } from "../../document/references";
import {
  asLink,
  isFrame,
  linksIn,
  type NodeBody,
  titleOf,
  type WorkflowDocument,
} from "../../graph/document";
import { valueText } from "../../graph/values";

/** Two documents, and what the server says of them; of a subgraph, those of the subgraph. */
export interface Level {
  old: WorkflowDocument;
  new: WorkflowDocument;
  difference: Compared;
}

/** One thing of a node that differs: an input, a link, a key; `inside`: the subgraph that it is a use of. */
export interface Line {
  kind: "input" | "link" | "key" | "name" | "inside";
  name: string;
  before?: Json | undefined;
  after?: Json | undefined;
}

/** A node that differs. */
export interface Entry {
  /** what it is called on the canvas */
  id: string;
  title: string;
  sign: Exclude<Sign, "moved">;
  old: string | null;
  new: string | null;
  lines: readonly Line[];
}

export interface Counts {
  added: number;
  removed: number;
  changed: number;
  moved: number;
  linksAdded: number;
  linksRemoved: number;
}

export interface Reading {
  level: Level;
  /** the newer document with what is gone, in subgraphs too */
  document: WorkflowDocument;
  /** links that are gone, of nodes that both have */
  gone: readonly DocumentLink[];
  /** keys of links that are new, or are those of nodes that are gone; see `keyOf` */
  links: ReadonlyMap<string, "added" | "removed">;
  entries: readonly Entry[];
  /** by the id on the canvas; what is in a folded loop marks the loop */
  marks: ReadonlyMap<string, Mark>;
  /** the node on the canvas that stands for a difference */
  shownAs(id: string): string;
  counts: Counts;
  /** what else differs: notes, groups, the name */
  rest: readonly string[];
}

export function levelOf({ old, new: now, difference }: Comparison): Level {
  return { old: asDocument(old.document), new: asDocument(now.document), difference };
}

/** The level of the subgraph that is open at the end of a way; null where the two do not differ in it. */
export function levelAt(level: Level, inside: readonly Step[]): Level | null {
  const levels = [level];
  for (const { type } of inside) {
    const inner = levels.map((one) => within(one, type)).findLast((one) => one !== null);
    if (inner === undefined || inner === null) return null;
    levels.push(inner);
  }
  return levels.at(-1) ?? null;
}

function within({ old, new: now, difference }: Level, name: string): Level | null {
  const [was, is, differs] = [old.subgraphs?.[name], now.subgraphs?.[name], difference.subgraphs[name]];
  return was === undefined || is === undefined || differs === undefined
    ? null
    : { old: was, new: is, difference: differs };
}

export function read(level: Level): Reading {
  const { old, new: now, difference } = level;
  const names = namesOf(level);
  const document = merged(level, names);
  const ghosts = new Set(names.ghosts.values());
  const added = new Set(difference.added);
  const lines = linesOf(level);
  const entries: Entry[] = [
    ...difference.added.map((name): Entry => entry(name, now, name, "added", null, name)),
    ...difference.removed.map(
      (name): Entry => entry(names.ghosts.get(name) ?? name, old, name, "removed", name, null),
    ),
    ...[...lines].map(([name, all]): Entry => {
      const was = names.before(name);
      return { ...entry(name, now, name, "changed", was, name), lines: all };
    }),
  ];
  const links = new Map<string, "added" | "removed">();
  for (const one of documentLinks(document)) {
    if (ghosts.has(one.node)) links.set(keyOf(one), "removed");
    else if (added.has(one.node)) links.set(keyOf(one), "added");
  }
  const gone: DocumentLink[] = [];
  for (const { node, input, before, after } of linkItems(difference)) {
    const slotted = (value: Json | undefined): DocumentLink[] =>
      linksAt(node, input, value, document.nodes[node]).map((one) => ({
        ...one,
        source: { ...one.source, node: names.after(one.source.node) },
      }));
    const [was, is] = [slotted(before), linksAt(node, input, after, document.nodes[node])];
    const same = (a: DocumentLink, b: DocumentLink): boolean =>
      a.source.node === b.source.node && a.source.output === b.source.output;
    for (const one of is) if (!was.some((other) => same(one, other))) links.set(keyOf(one), "added");
    for (const one of was) if (!is.some((other) => same(one, other))) gone.push({ ...one, gone: true });
  }
  const folds = foldedInto(document);
  const shownAs = (id: string): string => folds.get(id) ?? id;
  const all = [...links.values()];
  return {
    level,
    document,
    gone,
    links,
    entries,
    marks: marksOf(entries, difference, shownAs),
    shownAs,
    counts: {
      added: difference.added.length,
      removed: difference.removed.length,
      changed: lines.size,
      moved: difference.moved.length,
      linksAdded: all.filter((one) => one === "added").length,
      linksRemoved: all.filter((one) => one === "removed").length + gone.length,
    },
    rest: difference.other.filter((one) => one !== "subgraphs" && one !== "ui.nodes"),
  };
}

/** Tells links apart. */
export function keyOf({ node, slot, source }: DocumentLink): string {
  return `${node} ${slotHandle(slot)} ${source.node} ${source.output ?? ""}`;
}

export const SAME: Counts = { added: 0, removed: 0, changed: 0, moved: 0, linksAdded: 0, linksRemoved: 0 };

/** A difference in words. */
export function lineText(line: Line): string {
  if (line.kind === "inside") return `${line.after} inside`;
  return `${line.name.replaceAll("_", " ")}: ${textOf(line, line.before)} → ${textOf(line, line.after)}`;
}

function textOf({ kind, name }: Line, value: Json | undefined): string {
  if (kind === "key" && value === undefined) return name === "mode" ? "normal" : "none";
  return valueText(value).replaceAll("← ", "from ");
}

/** All differences of a level and of what is in it. */
export function countOf(difference: Compared): number {
  const changed = new Set([
    ...difference.renamed.map((one) => one.to),
    ...[...difference.inputs, ...difference.links, ...difference.changed].map((one) => String(one.node)),
  ]);
  const inner = Object.values(difference.subgraphs).map(countOf);
  return (
    difference.added.length +
    difference.removed.length +
    changed.size +
    inner.reduce((sum, one) => sum + one, 0)
  );
}

interface Names {
  /** nodes that are gone, under the name that they have on the canvas */
  ghosts: ReadonlyMap<string, string>;
  /** what a node of the older version is called on the canvas */
  after(name: string): string;
  /** what a node of the newer version is called in the older one */
  before(name: string): string;
}

function namesOf({ new: now, difference }: Level): Names {
  const ghosts = new Map(
    difference.removed.map((name) => [name, now.nodes[name] === undefined ? name : `${name}′`]),
  );
  const renamed = new Map(difference.renamed.map((one) => [one.node ?? "", one.to ?? ""]));
  const back = new Map([...renamed].map(([name, to]) => [to, name]));
  return {
    ghosts,
    after: (name) => {
      const displaced = /^\/\/(\d+)$/.exec(name)?.[1]; // its name is that of another node by now
      const was = displaced === undefined ? name : (difference.renamed[Number(displaced)]?.to ?? name);
      return ghosts.get(was) ?? renamed.get(was) ?? was;
    },
    before: (name) => back.get(name) ?? name,
  };
}

function merged({ old, new: now, difference }: Level, names: Names): WorkflowDocument {
  const nodes = { ...now.nodes };
  const positions = { ...now.ui?.positions };
  const looks = { ...now.ui?.nodes };
  for (const name of difference.removed) {
    const body = old.nodes[name];
    const id = names.ghosts.get(name);
    if (body === undefined || id === undefined) continue;
    nodes[id] = ghostOf(body, names);
    const at = old.ui?.positions?.[name];
    if (at !== undefined) positions[id] = at;
    looks[id] = { ...old.ui?.nodes?.[name], ...(id === name ? {} : { title: titleOf(name) }) };
  }
  const subgraphs = { ...old.subgraphs, ...now.subgraphs };
  for (const name of Object.keys(difference.subgraphs)) {
    const inner = within({ old, new: now, difference }, name);
    if (inner !== null) subgraphs[name] = merged(inner, namesOf(inner));
  }
  return {
    ...now,
    nodes,
    ui: { ...now.ui, positions, nodes: looks },
    ...(Object.keys(subgraphs).length > 0 ? { subgraphs } : {}),
  };
}

function ghostOf(body: NodeBody, names: Names): NodeBody {
  const named = (value: unknown): unknown => withNames(["nodes"], value, names.after);
  const each = <T>(of: { [key: string]: T } | undefined): { [key: string]: T } | undefined =>
    of &&
    (Object.fromEntries(Object.entries(of).map(([key, one]) => [key, named(one)])) as { [key: string]: T });
  const made: NodeBody = { ...body };
  if (body.inputs) made.inputs = each(body.inputs) ?? {};
  if (body.collect) made.collect = each(body.collect) ?? {};
  if (body.carry)
    made.carry = Object.fromEntries(
      Object.entries(body.carry).map(([key, ends]) => [key, each({ ...ends }) ?? {}]),
    );
  if (body.until) made.until = named(body.until) as NonNullable<NodeBody["until"]>;
  if (body.in !== undefined) made.in = names.after(body.in);
  return made;
}

function entry(
  id: string,
  document: WorkflowDocument,
  name: string,
  sign: Entry["sign"],
  old: string | null,
  now: string | null,
): Entry {
  return { id, title: titleOf(name, document.ui?.nodes?.[name]), sign, old, new: now, lines: [] };
}

interface Item {
  node: string;
  input: string;
  before?: Json;
  after?: Json;
}

function linkItems(difference: Compared): Item[] {
  return difference.links as unknown as Item[];
}

/** What differs of nodes that both have, by their name now. */
function linesOf({ new: now, difference }: Level): Map<string, Line[]> {
  const found = new Map<string, Line[]>();
  const add = (node: string, line: Line): void => void found.set(node, [...(found.get(node) ?? []), line]);
  for (const { node, to } of difference.renamed)
    if (node !== undefined && to !== undefined)
      add(to, { kind: "name", name: "name", before: node, after: to });
  for (const one of difference.changed as unknown as (Item & { key: string })[])
    add(one.node, { kind: "key", name: one.key, before: one.before, after: one.after });
  for (const one of difference.inputs as unknown as Item[])
    add(one.node, { kind: "input", name: one.input, before: one.before, after: one.after });
  for (const one of linkItems(difference))
    add(one.node, { kind: "link", name: one.input, before: one.before, after: one.after });
  const added = new Set(difference.added);
  for (const [node, { type }] of Object.entries(now.nodes)) {
    const inner = difference.subgraphs[type];
    if (inner !== undefined && !added.has(node))
      add(node, { kind: "inside", name: type, after: countOf(inner) });
  }
  return found;
}

function marksOf(
  entries: readonly Entry[],
  difference: Compared,
  shownAs: (id: string) => string,
): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const id of difference.moved)
    if (shownAs(id) === id) marks.set(id, { sign: "moved", values: [], inside: 0 });
  for (const { id, sign, lines } of entries) {
    if (shownAs(id) !== id) continue;
    const inside = lines.find((one) => one.kind === "inside")?.after;
    marks.set(id, { sign, values: lines.flatMap(markedOf), inside: typeof inside === "number" ? inside : 0 });
  }
  for (const { id } of entries) {
    const holder = shownAs(id);
    if (holder === id) continue;
    const was = marks.get(holder) ?? { sign: "changed", values: [], inside: 0 };
    const sign = was.sign === "moved" ? "changed" : was.sign;
    marks.set(holder, { ...was, sign, inside: was.inside + 1 });
  }
  return marks;
}

function markedOf(line: Line): MarkedValue[] {
  const { kind, name, before, after } = line;
  if (kind === "inside") return [];
  return [{ name, before: textOf(line, before), after: textOf(line, after), link: kind === "link" }];
}

/** The links that a value is, as they are written at what the server calls an input. */
function linksAt(
  node: string,
  input: string,
  value: Json | undefined,
  body: NodeBody | undefined,
): DocumentLink[] {
  const [kind, name = "", end] = input.split(".");
  if (isFrame(body) && kind === "carry" && (end === "first" || end === "next"))
    return linksIn(value).map((source) => ({ node, slot: { kind: end, name }, source }));
  if (isFrame(body) && kind === "collect")
    return linksIn(value).map((source) => ({ node, slot: { kind, name }, source }));
  if (isFrame(body) && input === "until")
    return linksIn(value).map((source) => ({ node, slot: { kind: "until" }, source }));
  if (!Array.isArray(value))
    return linksIn(value).map((source) => ({ node, slot: { kind: "input", name: input, at: null }, source }));
  return value.flatMap((one, at): DocumentLink[] => {
    const source = asLink(one);
    return source === null ? [] : [{ node, slot: { kind: "input", name: input, at }, source }];
  });
}

/** A document as far as it can be drawn: one that was deleted at that revision has no nodes. */
function asDocument(document: { [key: string]: unknown }): WorkflowDocument {
  return { ...document, format: Number(document.format ?? 1), nodes: (document.nodes ?? {}) as never };
}
