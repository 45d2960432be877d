/**
 * Apply operations to a document, as the server will: a pure function to another document and the changes that lead
 * there. It is what a person sees until the server's own answer comes; where the two differ, the server's holds.
 */
import { asLink, isFrame, linksIn, type NodeBody, type WorkflowDocument } from "../graph/document";
import { type Change, Draft, isObject } from "./changes";
import type { Operation } from "./operations";
import { GONE, namedIn, removeFrom, renameIn, slotsOfNode, withNames } from "./references";
import { reads, settle } from "./reroutes";

/** The edit makes no sense in the document as it is. */
export class Refused extends Error {}

type DocumentDraft = Draft<WorkflowDocument>;

export interface Applied {
  document: WorkflowDocument;
  changes: Change[];
}

/** All operations or none. Throws `Refused`. `whole` false: more operations of the same edit follow. */
export function apply(document: WorkflowDocument, operations: readonly Operation[], whole = true): Applied {
  const draft = new Draft(document);
  for (const operation of operations) applyOne(draft, operation);
  if (whole) settle(draft);
  return { document: draft.document, changes: draft.changes };
}

function applyOne(draft: DocumentDraft, op: Operation): void {
  switch (op.op) {
    case "add_node":
      free(draft, op.node);
      draft.put(["nodes", op.node], op.body);
      for (const [, value] of slotsOfNode(op.node, op.body)) linked(draft, value);
      if (op.body.in !== undefined) frame(draft, op.body.in);
      if (op.position) draft.put(["ui", "positions", op.node], op.position);
      return;
    case "remove_node":
      node(draft, op.node);
      return removeFrom(draft, op.node);
    case "rename_node":
      node(draft, op.node);
      if (op.to === op.node) return;
      free(draft, op.to);
      return renameIn(draft, op.node, op.to);
    case "set_input":
      node(draft, op.node);
      linked(draft, op.value);
      return draft.put(["nodes", op.node, "inputs", op.input], op.value);
    case "clear_input":
      node(draft, op.node);
      return draft.drop(["nodes", op.node, "inputs", op.input]);
    case "link":
      return link(draft, op);
    case "unlink":
      return unlink(draft, op);
    case "set_mode":
      for (const name of op.nodes) {
        node(draft, name);
        if (op.mode === "normal") draft.drop(["nodes", name, "mode"]);
        else draft.put(["nodes", name, "mode"], op.mode);
      }
      return;
    case "move":
      if (!Object.keys(op.positions).some((name) => name in draft.document.nodes)) {
        throw new Refused("the nodes are gone");
      }
      for (const [name, position] of Object.entries(op.positions)) {
        if (draft.document.nodes[name] !== undefined) draft.put(["ui", "positions", name], position);
      }
      return;
    case "set_look":
      node(draft, op.node);
      return putOrDrop(draft, ["ui", "nodes", op.node, op.key], op.value);
    case "add_group":
      return addItem(draft, "groups", op.group, op.body);
    case "edit_group":
      return editItem(draft, "groups", op.group, op.body);
    case "remove_group":
      return removeItem(draft, "groups", op.group);
    case "add_note":
      return addItem(draft, "notes", op.note, op.body);
    case "edit_note":
      return editItem(draft, "notes", op.note, op.body);
    case "remove_note":
      return removeItem(draft, "notes", op.note);
    case "add_reroute":
      return addReroute(draft, op);
    case "edit_reroute": {
      const { source } = reroute(draft, op.reroute);
      if (op.links !== undefined) {
        passing(draft, op.links, source);
        draft.put(["ui", "reroutes", op.reroute, "links"], [...new Set(op.links)]);
      }
      if (op.position !== undefined) draft.put(["ui", "reroutes", op.reroute, "position"], op.position);
      return;
    }
    case "remove_reroute":
      reroute(draft, op.reroute);
      return draft.drop(["ui", "reroutes", op.reroute]);
    case "set_frame":
      for (const name of op.nodes) {
        node(draft, name);
        if (op.frame === null) draft.drop(["nodes", name, "in"]);
        else draft.put(["nodes", name, "in"], frame(draft, op.frame));
      }
      return;
    case "set_carry":
      frame(draft, op.node);
      linked(draft, op.value);
      return draft.put(["nodes", op.node, "carry", op.name, op.end], op.value);
    case "remove_carry":
      frame(draft, op.node);
      return draft.drop(["nodes", op.node, "carry", op.name]);
    case "set_collect":
      frame(draft, op.node);
      return putLink(draft, ["nodes", op.node, "collect", op.name], op.source);
    case "set_until":
      frame(draft, op.node);
      return putLink(draft, ["nodes", op.node, "until"], op.source);
    case "paste":
      return paste(draft, op);
    case "set_meta":
      return putOrDrop(draft, [op.key], op.value);
    case "set_interface":
      for (const name of namedIn(["interface", "to"], op.value?.to)) node(draft, name);
      linked(draft, op.value);
      return putOrDrop(draft, ["interface", op.side, op.name], op.value);
    case "set_subgraph":
      putOrDrop(draft, ["subgraphs", op.name], op.document);
      if (isEmpty(draft.get("subgraphs"))) draft.drop(["subgraphs"]);
      return;
    case "replace":
      for (const key of Object.keys(draft.document)) if (!(key in op.document)) draft.drop([key]);
      for (const [key, value] of Object.entries(op.document)) draft.put([key], value);
  }
}

type LinkOp = Extract<Operation, { op: "link" }>;
function link(draft: DocumentDraft, op: LinkOp): void {
  node(draft, op.node);
  const made = { from: op.source };
  const source = asLink(made);
  if (source !== null) node(draft, source.node);
  const path = ["nodes", op.node, "inputs", op.input];
  const there = draft.get(...path);
  if (!op.append) draft.put(path, made);
  else draft.put(path, [...(Array.isArray(there) ? there : there === undefined ? [] : [there]), made]);
}

type UnlinkOp = Extract<Operation, { op: "unlink" }>;
function unlink(draft: DocumentDraft, op: UnlinkOp): void {
  node(draft, op.node);
  const path = ["nodes", op.node, "inputs", op.input];
  const there = draft.get(...path);
  const isIt = (one: unknown): boolean =>
    asLink(one) !== null && (op.source === undefined || (one as { from: string }).from === op.source);
  if (!Array.isArray(there)) {
    if (!isIt(there)) throw new Refused(`${op.node}.${op.input}: the input is not linked`);
    return draft.drop(path);
  }
  const at = there.findIndex(isIt);
  if (at < 0) throw new Refused(`${op.node}.${op.input}: the input is not linked`);
  draft.put(path, op.source === undefined ? there.filter((one) => !isIt(one)) : there.toSpliced(at, 1));
}

type PasteOp = Extract<Operation, { op: "paste" }>;
function paste(draft: DocumentDraft, op: PasteOp): void {
  const there = draft.document.nodes;
  const names = pastedNames(op.nodes, there);
  const named = (name: string): string | null => names.get(name) ?? (name in there ? name : null);
  const [x, y] = op.offset ?? [0, 0];
  for (const [name, body] of Object.entries(op.nodes)) {
    const made = new Draft({ nodes: { [name]: body } });
    for (const [path, value] of slotsOfNode(name, body)) {
      const mapped = withNames(path, value, named);
      if (mapped === GONE) made.drop(path);
      else made.put(path, mapped);
    }
    const { in: was, ...rest } = made.document.nodes[name] as NodeBody;
    const inside = (was === undefined ? undefined : names.get(was)) ?? op.frame;
    const to = names.get(name) as string;
    draft.put(["nodes", to], inside === undefined ? rest : { ...rest, in: inside });
    const position = op.positions?.[name];
    if (position) draft.put(["ui", "positions", to], [position[0] + x, position[1] + y]);
  }
}

/** The names that the nodes of a fragment will get. */
export function pastedNames(fragment: object, there: object): Map<string, string> {
  const taken = new Set(Object.keys(there));
  const names = new Map<string, string>();
  for (const name of Object.keys(fragment)) {
    const made = freeName(name, taken);
    names.set(name, made);
    taken.add(made);
  }
  return names;
}

/** The name, or the first of name_2, name_3, … that is free. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  if (!taken.has(name)) return name;
  const base = name.replace(/_[0-9]{1,6}$/, "") || name;
  for (let number = 2; ; number += 1) {
    const made = `${base.slice(0, 63 - String(number).length)}_${number}`;
    if (!taken.has(made)) return made;
  }
}

function addItem(draft: DocumentDraft, shelf: "groups" | "notes", id: string, body: object): void {
  if (draft.get("ui", shelf) === undefined) draft.put(["ui", shelf], []);
  if (draft.get("ui", shelf, id) !== undefined) throw new Refused(`${id} is there already`);
  draft.put(["ui", shelf, id], { ...body, id });
}

function editItem(draft: DocumentDraft, shelf: "groups" | "notes", id: string, body: object): void {
  if (draft.get("ui", shelf, id) === undefined) throw new Refused(`${id} is gone`);
  for (const [key, value] of Object.entries(body)) {
    if (key !== "id") putOrDrop(draft, ["ui", shelf, id, key], value);
  }
}

function removeItem(draft: DocumentDraft, shelf: "groups" | "notes", id: string): void {
  if (draft.get("ui", shelf, id) === undefined) throw new Refused(`${id} is gone`);
  draft.drop(["ui", shelf, id]);
}

type AddReroute = Extract<Operation, { op: "add_reroute" }>;
function addReroute(draft: DocumentDraft, op: AddReroute): void {
  passing(draft, op.links, op.source);
  if (draft.get("ui", "reroutes") === undefined) draft.put(["ui", "reroutes"], []);
  if (draft.get("ui", "reroutes", op.reroute) !== undefined)
    throw new Refused(`${op.reroute} is there already`);
  const { source, position } = op;
  const made = { id: op.reroute, source, links: [...new Set(op.links)], position };
  draft.put(["ui", "reroutes", op.reroute], made, op.before);
}

function reroute(draft: DocumentDraft, id: string): { source: string } {
  const found = draft.get("ui", "reroutes", id);
  if (!isObject(found)) throw new Refused(`${id} is gone`);
  return { source: String(found.source) };
}

/** Links that pass a point are there, and read what it says. */
function passing(draft: DocumentDraft, links: readonly string[], source: string): void {
  const gone = links.find((end) => !reads(draft.document, end, source));
  if (gone !== undefined) throw new Refused(`there is no link from ${source} to ${gone}`);
}

function isEmpty(value: unknown): boolean {
  return isObject(value) && Object.keys(value).length === 0;
}

/** Links lead to nodes that are there. */
function linked(draft: DocumentDraft, value: unknown): void {
  for (const source of linksIn(value)) node(draft, source.node);
}

function putLink(draft: DocumentDraft, path: string[], source: string | null): void {
  const link = source === null ? null : { from: source };
  linked(draft, link);
  putOrDrop(draft, path, link);
}

function putOrDrop(draft: DocumentDraft, path: string[], value: unknown): void {
  if (value === null) draft.drop(path);
  else draft.put(path, value);
}

function node(draft: DocumentDraft, name: string): void {
  if (!isObject(draft.document.nodes[name])) throw new Refused(`there is no node ${name}`);
}

function free(draft: DocumentDraft, name: string): void {
  if (draft.document.nodes[name] !== undefined) throw new Refused(`the name ${name} is taken`);
}

function frame(draft: DocumentDraft, name: string): string {
  node(draft, name);
  if (!isFrame(draft.document.nodes[name])) throw new Refused(`${name} is no loop`);
  return name;
}
