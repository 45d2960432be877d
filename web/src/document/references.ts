/** Where a document speaks of its nodes, so that links follow a rename and go with a node that is removed. */
import { asLink, isFrame, type NodeBody, type WorkflowDocument } from "../graph/document";
import { type Draft, isObject, type Path } from "./changes";
import { pointsOf, renamed } from "./reroutes";

export const GONE = Symbol("nothing is left");
type Rename = (name: string) => string | null;

/** The slots of a node: places whose value can hold links. */
export function slotsOfNode(name: string, body: NodeBody): [Path, unknown][] {
  const at = ["nodes", name];
  const found: [Path, unknown][] = [];
  for (const [key, value] of entries(body.inputs)) found.push([[...at, "inputs", key], value]);
  for (const [key, ends] of entries(body.carry)) {
    for (const [end, value] of entries(ends)) found.push([[...at, "carry", key, end], value]);
  }
  for (const [key, value] of entries(body.collect)) found.push([[...at, "collect", key], value]);
  if (body.until !== undefined) found.push([[...at, "until"], body.until]);
  return found;
}

export function slots(document: WorkflowDocument): [Path, unknown][] {
  const found = entries(document.nodes).flatMap(([name, body]) =>
    isObject(body) ? slotsOfNode(name, body as NodeBody) : [],
  );
  for (const [key, entry] of entries(document.interface?.inputs)) {
    if (isObject(entry) && "to" in entry) found.push([["interface", "inputs", key, "to"], entry.to]);
  }
  for (const [key, value] of entries(document.interface?.outputs))
    found.push([["interface", "outputs", key], value]);
  return found;
}

/** The nodes that a slot's value names. */
export function namedIn(path: Path, value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).flatMap((one) => {
    const link = asLink(one);
    if (link !== null) return [link.node];
    return isInterfaceTo(path) && typeof one === "string" ? [one.slice(0, one.lastIndexOf("."))] : [];
  });
}

/** A slot's value with every node's name mapped; what maps to null goes. */
export function withNames(path: Path, value: unknown, name: Rename): unknown {
  if (Array.isArray(value)) {
    const kept = value.map((one) => withNames(path, one, name)).filter((one) => one !== GONE);
    return kept.length === 0 && value.length > 0 && path[0] === "interface" ? GONE : kept;
  }
  const link = asLink(value);
  if (link !== null) {
    const to = name(link.node);
    if (to === null) return GONE;
    return { from: link.output === null ? to : `${to}.${link.output}` };
  }
  if (isInterfaceTo(path) && typeof value === "string") {
    const dot = value.lastIndexOf(".");
    const to = name(value.slice(0, dot));
    return to === null ? GONE : `${to}${value.slice(dot)}`;
  }
  return value;
}

export function renameIn(draft: Draft<WorkflowDocument>, node: string, to: string): void {
  draft.rename(["nodes", node], to);
  remap(draft, node, to);
  remapReroutes(draft, node, to);
  for (const look of ["positions", "nodes"]) {
    if (draft.get("ui", look, node) !== undefined && draft.get("ui", look, to) === undefined) {
      draft.rename(["ui", look, node], to);
    }
  }
}

/** Remove a node and all that names it; what a frame holds moves to the frame around it. */
export function removeFrom(draft: Draft<WorkflowDocument>, node: string): void {
  const body = draft.document.nodes[node];
  const around = isFrame(body) ? body?.in : undefined;
  if (around !== undefined) {
    for (const [name, other] of entries(draft.document.nodes)) {
      if (name !== node && (other as NodeBody).in === node) draft.put(["nodes", name, "in"], around);
    }
  }
  remap(draft, node, null, node);
  for (const look of ["positions", "nodes"]) draft.drop(["ui", look, node]);
  draft.drop(["nodes", node]);
}

function remap(draft: Draft<WorkflowDocument>, node: string, to: string | null, but?: string): void {
  const name: Rename = (one) => (one === node ? to : one);
  for (const [path, value] of slots(draft.document)) {
    if ((path[0] === "nodes" && path[1] === but) || !namedIn(path, value).includes(node)) continue;
    const made = withNames(path, value, name);
    if (made !== GONE) draft.put(path, made);
    else draft.drop(isInterfaceTo(path) ? path.slice(0, -1) : path);
  }
  for (const [other, body] of entries(draft.document.nodes)) {
    if ((body as NodeBody).in !== node || other === but) continue;
    if (to === null) draft.drop(["nodes", other, "in"]);
    else draft.put(["nodes", other, "in"], to);
  }
  for (const group of draft.document.ui?.groups ?? []) {
    if (typeof group.id !== "string" || !group.nodes?.includes(node)) continue;
    const kept = group.nodes.map((one) => (one === node ? to : one)).filter((one) => one !== null);
    draft.put(["ui", "groups", group.id, "nodes"], kept);
  }
}

function remapReroutes(draft: Draft<WorkflowDocument>, node: string, to: string): void {
  for (const point of pointsOf(draft.document)) {
    const { source, links } = renamed(point, (one) => (one === node ? to : one));
    draft.put(["ui", "reroutes", point.id, "source"], source);
    draft.put(["ui", "reroutes", point.id, "links"], links);
  }
}

function isInterfaceTo(path: Path): boolean {
  return path[0] === "interface" && path.at(-1) === "to";
}

function entries(holder: unknown): [string, unknown][] {
  return isObject(holder) ? Object.entries(holder) : [];
}
