/** What goes through the clipboard: nodes with their links and looks, reroutes, notes and groups, as JSON. Pure. */
import { pastedNames } from "../document/apply";
import { fragmentOf } from "../document/edits";
import { randomId } from "../document/identity";
import type { Operation, Position } from "../document/operations";
import { slotsOfNode, withNames } from "../document/references";
import { nodeIn, pointsOf, renamed } from "../document/reroutes";
import type { Group, Look, NodeBody, Note, Reroute, WorkflowDocument } from "../graph/document";

const MARK = "latent-loom/clip";

export interface Clip {
  kind: typeof MARK;
  /** the document it was taken from: there, links to nodes outside of the clip are kept */
  from: string;
  nodes: { [node: string]: NodeBody };
  positions: { [node: string]: Position };
  looks: { [node: string]: Look };
  notes: Note[];
  groups: Group[];
  /** of the links among its nodes */
  reroutes: Reroute[];
  /** the subgraphs that its nodes are uses of */
  subgraphs: { [name: string]: WorkflowDocument };
}

/** The clip of a selection: frames bring what is in them, groups that are whole come along; null of nothing. */
export function clipOf(document: WorkflowDocument, ids: ReadonlySet<string>, from: string): Clip | null {
  const groups = document.ui?.groups ?? [];
  const wanted = new Set(ids);
  for (const group of groups) {
    if (ids.has(`group:${group.id}`)) for (const node of group.nodes ?? []) wanted.add(node);
  }
  const { nodes, positions } = fragmentOf(document, wanted);
  const notes = (document.ui?.notes ?? []).filter((one) => ids.has(`note:${one.id}`));
  if (Object.keys(nodes).length === 0 && notes.length === 0) return null;
  const looks = pick(document.ui?.nodes ?? {}, (name) => name in nodes);
  const used = new Set(Object.values(nodes).map((one) => one.type));
  return {
    kind: MARK,
    from,
    nodes,
    positions,
    looks,
    notes,
    groups: groups.filter((one) => (one.nodes ?? []).length > 0 && one.nodes?.every((id) => id in nodes)),
    reroutes: pointsOf(document)
      .filter((one) => nodeIn(one.source) in nodes)
      .map((one) => ({ ...one, links: one.links.filter((end) => nodeIn(end) in nodes) }))
      .filter((one) => one.links.length > 0),
    subgraphs: pick(document.subgraphs ?? {}, (name) => used.has(name)),
  };
}

/** The clip that a text holds; null if it holds none. */
export function readClip(text: string): Clip | null {
  if (!text.includes(MARK)) return null;
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(found) || found.kind !== MARK || !isRecord(found.nodes)) return null;
  const record = <T>(value: unknown): { [name: string]: T } =>
    isRecord(value) ? (value as { [name: string]: T }) : {};
  const list = <T>(value: unknown): T[] => (Array.isArray(value) ? value.filter(isRecord) : []) as T[];
  const nodes = pick(
    record<NodeBody>(found.nodes),
    (_, body) => isRecord(body) && typeof body.type === "string",
  );
  return {
    kind: MARK,
    from: typeof found.from === "string" ? found.from : "",
    nodes,
    positions: pick(record<Position>(found.positions), (_, at) => isPosition(at)),
    looks: pick(record<Look>(found.looks), (name, look) => name in nodes && isRecord(look)),
    notes: list<Note>(found.notes),
    groups: list<Group>(found.groups),
    reroutes: pointsOf({ format: 1, nodes, ui: { reroutes: list<Reroute>(found.reroutes) } }),
    subgraphs: record(found.subgraphs),
  };
}

export interface Pasted {
  operations: Operation[];
  /** what it makes, to be selected */
  ids: Set<string>;
}

/** The edit that puts a clip into a document, moved by `offset`; what is in no frame of its own goes into `frame`. */
export function pasted(
  document: WorkflowDocument,
  clip: Clip,
  { offset, frame, into }: { offset: Position; frame?: string | undefined; into: string },
): Pasted {
  const nodes = into === clip.from ? clip.nodes : withoutOutside(clip.nodes);
  const names = pastedNames(nodes, document.nodes);
  const named = (node: string): string => names.get(node) ?? node;
  const operations: Operation[] = [];
  for (const [name, body] of Object.entries(clip.subgraphs)) {
    if (document.subgraphs?.[name] === undefined)
      operations.push({ op: "set_subgraph", name, document: body });
  }
  if (Object.keys(nodes).length > 0) {
    const paste: Operation = { op: "paste", nodes, positions: clip.positions, offset };
    operations.push(frame === undefined ? paste : { ...paste, frame });
  }
  for (const [node, look] of Object.entries(clip.looks)) {
    for (const [key, value] of Object.entries(look))
      operations.push({ op: "set_look", node: named(node), key, value });
  }
  const ids = new Set(names.values());
  for (const { id: _, ...body } of clip.groups) {
    const group = `group-${randomId(5)}`;
    operations.push({ op: "add_group", group, body: { ...body, nodes: body.nodes?.map(named) ?? [] } });
  }
  for (const point of clip.reroutes) {
    const { source, links, position } = renamed(point, named);
    const at: Position = [position[0] + offset[0], position[1] + offset[1]];
    operations.push({ op: "add_reroute", reroute: `reroute-${randomId(5)}`, source, links, position: at });
  }
  for (const { id: _, ...body } of clip.notes) {
    const note = `note-${randomId(5)}`;
    const [x, y] = isPosition(body.position) ? body.position : [0, 0];
    operations.push({
      op: "add_note",
      note,
      body: { ...body, position: [x + offset[0], y + offset[1]] },
    });
    ids.add(`note:${note}`);
  }
  return { operations, ids };
}

/** Where a clip stands: its left upper corner; null if it says nothing about that. */
export function cornerOf(clip: Clip): Position | null {
  const all = [...Object.values(clip.positions), ...clip.notes.map((one) => one.position)].filter(isPosition);
  if (all.length === 0) return null;
  return [Math.min(...all.map(([x]) => x)), Math.min(...all.map(([, y]) => y))];
}

/** In another document, a node that happens to have the same name is another node. */
function withoutOutside(nodes: Clip["nodes"]): Clip["nodes"] {
  const named = (name: string): string | null => (name in nodes ? name : null);
  return Object.fromEntries(
    Object.entries(nodes).map(([name, body]) => {
      const made = structuredClone(body);
      for (const [path, value] of slotsOfNode(name, body)) {
        const mapped = withNames(path, value, named);
        const holder = path
          .slice(2, -1)
          .reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), made);
        const key = path.at(-1);
        if (!isRecord(holder) || key === undefined) continue;
        if (typeof mapped === "symbol") delete holder[key];
        else holder[key] = mapped;
      }
      return [name, made];
    }),
  );
}

function pick<T>(
  from: { [name: string]: T },
  keep: (name: string, one: T) => boolean,
): { [name: string]: T } {
  return Object.fromEntries(Object.entries(from).filter(([name, one]) => keep(name, one)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && value.every((one) => Number.isFinite(one));
}
