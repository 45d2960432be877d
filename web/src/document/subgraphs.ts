/**
 * A part of a graph as a subgraph, and a use of one as its nodes again. Pure. What comes into the part from outside
 * becomes an input of its interface, what is read of it an output; all else stays as it is, positions included, so that
 * unpacking gives the document of before.
 */
import type { Json } from "../api/types";
import {
  asLink,
  isFrame,
  linksIn,
  membersOf,
  type NodeBody,
  type Source,
  type WorkflowDocument,
} from "../graph/document";
import { union } from "../view/geometry";
import { freeName, Refused } from "./apply";
import { isObject, same } from "./changes";
import { hasCircle, relinked, relinkedBody } from "./links";
import type { Position } from "./operations";
import { fromText } from "./reroutes";
import { joinedReroutes, splitReroutes } from "./subgraphReroutes";

type Interface = NonNullable<WorkflowDocument["interface"]>;
type Ui = NonNullable<WorkflowDocument["ui"]>;

/** The document with the nodes as one use of a new subgraph. Throws `Refused` if that cannot be said in a document. */
export function made(
  document: WorkflowDocument,
  ids: Iterable<string>,
  named: { type: string; firstOutput(node: NodeBody): string },
): { document: WorkflowDocument; node: string } {
  const inside = closed(document, ids);
  const home = homeOf(document, inside);
  const { type } = named;
  const rest = Object.keys(document.nodes).filter((id) => !inside.has(id));
  const node = freeName(type, new Set(rest));
  const inputs: Interface["inputs"] & object = {};
  const outputs: Interface["outputs"] & object = {};
  const given: { [name: string]: Json } = {};
  const promoted = new Map<string, string>();

  const promote = (target: string, value: Json | undefined): string => {
    const known = promoted.get(target);
    if (known !== undefined) return known;
    const equal = value === undefined ? undefined : Object.keys(given).find((one) => same(given[one], value));
    const name = equal ?? freeName(target.slice(target.lastIndexOf(".") + 1), new Set(Object.keys(inputs)));
    const to = inputs[name]?.to as string | string[] | undefined;
    inputs[name] = { to: to === undefined ? target : [to, target].flat() };
    if (value !== undefined) given[name] = value;
    promoted.set(target, name);
    return name;
  };
  const outputOf = (source: Source): { from: string } => {
    const link = { from: source.output === null ? source.node : `${source.node}.${source.output}` };
    let name = Object.keys(outputs).find((one) => same(outputs[one], link));
    if (name === undefined) {
      const output = source.output ?? named.firstOutput(document.nodes[source.node] as NodeBody);
      name = freeName(output, new Set(Object.keys(outputs)));
      outputs[name] = link;
    }
    return { from: `${node}.${name}` };
  };
  const outward = (source: Source): unknown => (inside.has(source.node) ? outputOf(source) : undefined);

  const inner: WorkflowDocument["nodes"] = {};
  for (const id of inside) inner[id] = innerBody(document, id, inside, promote);
  const use: NodeBody = { type, inputs: given };
  if (home !== undefined) use.in = home;
  const nodes: WorkflowDocument["nodes"] = {};
  for (const [id, body] of Object.entries(document.nodes)) {
    if (!inside.has(id)) nodes[id] = relinkedBody(body, outward);
    else if (nodes[node] === undefined) nodes[node] = use;
  }
  const { innerUi, outerUi } = splitUi(document.ui, inside, node);
  const subgraph: WorkflowDocument = { format: document.format ?? 1, nodes: inner };
  const result: WorkflowDocument = { ...document, nodes };
  if (document.interface !== undefined)
    result.interface = usedBy(document.interface, inside, node, promote, outputOf);
  if (document.ui?.reroutes !== undefined && outerUi !== undefined) {
    const { inner, outer } = splitReroutes(
      document,
      inside,
      (text) => outputOf(asLink({ from: text }) as Source).from,
      (end) => {
        const name = promoted.get(end.replace(".inputs.", "."));
        return name === undefined ? null : `${node}.inputs.${name}`;
      },
    );
    outerUi.reroutes = outer;
    if (inner.length > 0 && innerUi !== undefined) innerUi.reroutes = inner;
  }
  subgraph.interface = { inputs, outputs };
  if (innerUi !== undefined) subgraph.ui = innerUi;
  if (outerUi !== undefined) result.ui = outerUi;
  result.subgraphs = { ...document.subgraphs, [type]: subgraph };
  if (hasCircle(result))
    throw new Refused("a way leads out of these nodes and back into them: take along what is between");
  return { document: result, node };
}

/** The document with a use of a subgraph as the subgraph's nodes. Throws `Refused`. */
export function unpacked(
  document: WorkflowDocument,
  node: string,
): { document: WorkflowDocument; nodes: string[] } {
  const use = document.nodes[node];
  const graph = use === undefined ? undefined : document.subgraphs?.[use.type];
  if (use === undefined || graph === undefined) throw new Refused(`${node} is no subgraph of this document`);
  if (graph.subgraphs !== undefined && Object.keys(graph.subgraphs).length > 0)
    throw new Refused("it has subgraphs of its own: open it and unpack those first");
  const taken = new Set(Object.keys(document.nodes).filter((id) => id !== node));
  const names = new Map<string, string>();
  for (const id of Object.keys(graph.nodes)) {
    const free = freeName(id, taken);
    names.set(id, free);
    taken.add(free);
  }
  const inward = (source: Source): unknown => {
    const to = names.get(source.node);
    return to === undefined ? undefined : { from: source.output === null ? to : `${to}.${source.output}` };
  };
  const opened = new Map<string, NodeBody>();
  for (const [id, body] of Object.entries(graph.nodes)) {
    const made = relinkedBody(body, inward);
    const frame = body.in === undefined ? use.in : (names.get(body.in) ?? body.in);
    if (frame !== undefined) made.in = frame;
    if (use.mode === "mute") made.mode = "mute";
    opened.set(id, made);
  }
  const targets = (name: string): string[] =>
    [(graph.interface?.inputs?.[name]?.to ?? []) as string | string[]].flat();
  for (const [name, value] of Object.entries(use.inputs ?? {})) {
    for (const target of targets(name)) {
      const [id, input] = splitTarget(target);
      const body = opened.get(id);
      if (body !== undefined) body.inputs = { ...body.inputs, [input]: value };
    }
  }
  const outputs = graph.interface?.outputs ?? {};
  const behind = (source: Source): unknown => {
    if (source.node !== node) return undefined;
    const output = outputs[source.output ?? (Object.keys(outputs)[0] as string)];
    return output === undefined ? undefined : relinked(output, inward);
  };
  const nodes: WorkflowDocument["nodes"] = {};
  for (const [id, body] of Object.entries(document.nodes)) {
    if (id !== node) nodes[id] = relinkedBody(body, behind);
    else for (const [inner, made] of opened) nodes[names.get(inner) as string] = relinkedBody(made, behind);
  }
  const result: WorkflowDocument = { ...document, nodes };
  if (document.interface !== undefined) {
    const renamed = (target: string): string => {
      const [id, input] = splitTarget(target);
      return `${names.get(id) ?? id}.${input}`;
    };
    result.interface = {
      ...document.interface,
      ...mapSide(document.interface, "inputs", (entry) => {
        if (entry.to === undefined) return entry;
        const all = [entry.to as string | string[]].flat().flatMap((target) => {
          const [id, input] = splitTarget(target);
          return id === node ? targets(input).map(renamed) : [target];
        });
        return { ...entry, to: typeof entry.to === "string" && all.length === 1 ? (all[0] as string) : all };
      }),
      ...mapSide(document.interface, "outputs", (entry) => relinked(entry, behind) as typeof entry),
    };
  }
  const others = Object.entries(nodes).some(([, body]) => body.type === use.type);
  const inOther = Object.entries(document.subgraphs ?? {}).some(
    ([name, one]) => name !== use.type && Object.values(one.nodes).some((body) => body.type === use.type),
  );
  if (!others && !inOther) {
    const { [use.type]: _, ...left } = document.subgraphs ?? {};
    if (Object.keys(left).length > 0) result.subgraphs = left;
    else delete result.subgraphs;
  }
  const ui = joinedUi(document.ui, graph.ui, node, names);
  if (ui !== undefined && (document.ui?.reroutes ?? graph.ui?.reroutes) !== undefined) {
    ui.reroutes = joinedReroutes(document, graph, {
      names,
      by: movedBy(document.ui, graph.ui, node),
      source(text) {
        const link = behind(asLink({ from: text }) as Source);
        const from = asLink(link);
        return from === null ? null : fromText(from);
      },
      ends(end) {
        if (!end.startsWith(`${node}.inputs.`)) return [end];
        return targets(end.slice(`${node}.inputs.`.length)).map((target) => {
          const [id, input] = splitTarget(target);
          return `${names.get(id) ?? id}.inputs.${input}`;
        });
      },
    });
  }
  if (ui !== undefined) result.ui = ui;
  else delete result.ui;
  return { document: result, nodes: [...names.values()] };
}

/** The nodes with all that is in their loops. */
function closed(document: WorkflowDocument, ids: Iterable<string>): Set<string> {
  const wanted = new Set<string>();
  for (const id of ids) {
    if (document.nodes[id] === undefined) continue;
    wanted.add(id);
    if (isFrame(document.nodes[id])) for (const member of membersOf(document, id)) wanted.add(member);
  }
  if (wanted.size === 0) throw new Refused("select the nodes of the subgraph first");
  return new Set(Object.keys(document.nodes).filter((id) => wanted.has(id)));
}

function homeOf(document: WorkflowDocument, inside: ReadonlySet<string>): string | undefined {
  const homes = new Set<string | undefined>();
  for (const id of inside) {
    const home = document.nodes[id]?.in;
    if (home === undefined || !inside.has(home)) homes.add(home);
  }
  if (homes.size > 1)
    throw new Refused("these nodes are in different loops: take whole loops, or nodes of one");
  return [...homes][0];
}

function innerBody(
  document: WorkflowDocument,
  id: string,
  inside: ReadonlySet<string>,
  promote: (target: string, value: Json) => string,
): NodeBody {
  const body = document.nodes[id] as NodeBody;
  const made: NodeBody = { ...body };
  if (body.in !== undefined && !inside.has(body.in)) delete made.in;
  const comesFrom = (value: unknown): Source[] => linksIn(value).filter((one) => !inside.has(one.node));
  const { inputs = {} } = body;
  const kept: { [name: string]: Json } = {};
  for (const [name, value] of Object.entries(inputs)) {
    const outside = comesFrom(value);
    if (outside.length === 0) kept[name] = value;
    else if (outside.length < linksIn(value).length)
      throw new Refused(`${id}.${name} is linked to nodes of both sides`);
    else promote(`${id}.${name}`, value);
  }
  if (body.inputs !== undefined) made.inputs = kept;
  for (const [name, ends] of Object.entries(body.carry ?? {})) {
    if (comesFrom(ends.first).length > 0 || comesFrom(ends.next).length > 0)
      throw new Refused(`what the loop ${id} carries as ${name} comes from outside: take that node along`);
  }
  return made;
}

function usedBy(
  declared: Interface,
  inside: ReadonlySet<string>,
  node: string,
  promote: (target: string, value: undefined) => string,
  outputOf: (source: Source) => { from: string },
): Interface {
  return {
    ...declared,
    ...mapSide(declared, "inputs", (entry) => {
      if (entry.to === undefined) return entry;
      const to = [entry.to as string | string[]].flat();
      const mine = to.filter((target) => inside.has(splitTarget(target)[0]));
      if (mine.length === 0) return entry;
      if (mine.length < to.length || mine.length > 1)
        throw new Refused("an input of the workflow feeds several of these nodes: take others, or fewer");
      return { ...entry, to: `${node}.${promote(mine[0] as string, undefined)}` };
    }),
    ...mapSide(
      declared,
      "outputs",
      (entry) =>
        relinked(entry, (source) => (inside.has(source.node) ? outputOf(source) : undefined)) as typeof entry,
    ),
  };
}

function mapSide(
  declared: Interface,
  side: "inputs" | "outputs",
  to: (entry: NonNullable<Interface["inputs"]>[string]) => NonNullable<Interface["inputs"]>[string],
): Partial<Interface> {
  const entries = declared[side];
  if (entries === undefined) return {};
  return {
    [side]: Object.fromEntries(
      Object.entries(entries).map(([name, one]) => [name, isObject(one) ? to(one) : one]),
    ),
  };
}

function splitTarget(target: string): [node: string, input: string] {
  const dot = target.lastIndexOf(".");
  return [target.slice(0, dot), target.slice(dot + 1)];
}

/** Positions and looks go along with their nodes; so do groups that are whole. Reroutes are `splitReroutes`'. */
function splitUi(
  ui: Ui | undefined,
  inside: ReadonlySet<string>,
  node: string,
): { innerUi?: Ui; outerUi?: Ui } {
  if (ui === undefined) return {};
  const innerUi: Ui = {};
  const outerUi: Ui = { ...ui };
  for (const key of ["positions", "nodes"] as const) {
    const entries = Object.entries(ui[key] ?? {});
    const mine = entries.filter(([id]) => inside.has(id));
    if (mine.length === 0) continue;
    Object.assign(innerUi, { [key]: Object.fromEntries(mine) });
    Object.assign(outerUi, { [key]: Object.fromEntries(entries.filter(([id]) => !inside.has(id))) });
  }
  const corner = cornerOf(innerUi.positions);
  if (corner !== null) outerUi.positions = { ...outerUi.positions, [node]: corner };
  const whole = (ui.groups ?? []).filter(
    (one) => one.nodes?.length && one.nodes.every((id) => inside.has(id)),
  );
  if (whole.length > 0) innerUi.groups = whole;
  if (ui.groups !== undefined) {
    outerUi.groups = ui.groups
      .filter((one) => !whole.includes(one))
      .map((one) => {
        if (!one.nodes?.some((id) => inside.has(id))) return one;
        return { ...one, nodes: [...one.nodes.filter((id) => !inside.has(id)), node] };
      });
  }
  return { innerUi, outerUi };
}

function joinedUi(
  ui: Ui | undefined,
  inner: Ui | undefined,
  node: string,
  names: ReadonlyMap<string, string>,
): Ui | undefined {
  if (ui === undefined && inner === undefined) return undefined;
  const result: Ui = { ...ui };
  const [dx, dy] = movedBy(ui, inner, node);
  if (ui?.positions !== undefined || inner?.positions !== undefined) {
    const { [node]: _, ...positions } = ui?.positions ?? {};
    for (const [id, [x, y]] of Object.entries(inner?.positions ?? {}))
      positions[names.get(id) ?? id] = [x + dx, y + dy];
    result.positions = positions;
  }
  if (ui?.nodes !== undefined || inner?.nodes !== undefined) {
    const { [node]: _, ...looks } = ui?.nodes ?? {};
    for (const [id, look] of Object.entries(inner?.nodes ?? {})) looks[names.get(id) ?? id] = look;
    result.nodes = looks;
  }
  if (ui?.groups !== undefined || inner?.groups !== undefined) {
    const members = (all: string[] = []): string[] =>
      all.flatMap((id) => (id === node ? [...names.values()] : [id]));
    const renamed = (all: string[] = []): string[] => all.map((id) => names.get(id) ?? id);
    const outer = (ui?.groups ?? []).map((one) =>
      one.nodes?.includes(node) ? { ...one, nodes: members(one.nodes) } : one,
    );
    const taken = new Set(outer.map((one) => one.id));
    result.groups = [
      ...outer,
      ...(inner?.groups ?? []).map((one) => ({
        ...one,
        id: freeName(one.id, taken),
        nodes: renamed(one.nodes),
      })),
    ];
  }
  return result;
}

/** How far the use of a subgraph stands from where its nodes stood. */
function movedBy(ui: Ui | undefined, inner: Ui | undefined, node: string): Position {
  const corner = cornerOf(inner?.positions);
  const at = ui?.positions?.[node] ?? corner ?? [0, 0];
  return corner === null ? [0, 0] : [at[0] - corner[0], at[1] - corner[1]];
}

function cornerOf(positions: { [id: string]: Position } | undefined): Position | null {
  const all = union(Object.values(positions ?? {}).map(([x, y]) => ({ x, y, width: 0, height: 0 })));
  return all === null ? null : [all.x, all.y];
}
