/**
 * The operations that lead from one document to another: as few as it takes, so that what others do meanwhile stays. Pure.
 * What operations cannot say (another `format`, say) is said by `replace`.
 */
import { asLink, isFrame, type NodeBody, type WorkflowDocument } from "../graph/document";
import { apply } from "./apply";
import { isObject, same } from "./changes";
import type { Operation } from "./operations";
import { pointsOf } from "./reroutes";

export function towards(from: WorkflowDocument, wanted: WorkflowDocument): Operation[] {
  const to = apply(wanted, []).document; // without reroutes of links that it does not have
  const operations: Operation[] = [];
  let now = from;
  for (const step of [
    meta,
    subgraphsOf,
    removed,
    added,
    bodies,
    interfaces,
    looks,
    groups,
    reroutes,
    subgraphsGone,
  ]) {
    const some = step(now, to);
    operations.push(...some);
    now = apply(now, some, false).document;
  }
  return equal(said(now), said(to)) ? operations : [{ op: "replace", document: to }];
}

/** A document without what says nothing: empty inputs, carries, interfaces, and the one format that there is. */
function said(document: WorkflowDocument): object {
  const { format, ...rest } = document;
  const nodes = Object.entries(document.nodes).map(([name, body]) => [name, filled(body)]);
  return filled({
    ...rest,
    ...(format === undefined || format === 1 ? {} : { format }),
    nodes: Object.fromEntries(nodes),
    interface: filled(document.interface),
  });
}

function filled(holder: object | undefined): object {
  return Object.fromEntries(
    Object.entries(holder ?? {}).filter(
      ([, value]) => !(isObject(value) && Object.keys(value).length === 0) && value !== undefined,
    ),
  );
}

/** Equal in all but how it looks: what runs is the same. */
export function saysSame(a: WorkflowDocument, b: WorkflowDocument): boolean {
  if (a === b) return true;
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((key) => key !== "ui");
  if (keys.every((key) => a[key] === b[key])) return true;
  return equal(said({ ...a, ui: {} }), said({ ...b, ui: {} }));
}

/** Equal as JSON, whatever the order of keys. */
export function equal(a: unknown, b: unknown): boolean {
  return same(sorted(a), sorted(b));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted(one)]),
  );
}

type Diff = (now: WorkflowDocument, to: WorkflowDocument) => Operation[];

const meta: Diff = (now, to) =>
  (["name", "description"] as const).flatMap((key) => {
    const value = to[key] ?? null;
    return value === (now[key] ?? null) || (value !== null && typeof value !== "string")
      ? []
      : [{ op: "set_meta", key, value }];
  });

const subgraphsOf: Diff = (now, to) =>
  Object.entries(to.subgraphs ?? {}).flatMap(([name, document]) =>
    equal(now.subgraphs?.[name], document) ? [] : [{ op: "set_subgraph", name, document }],
  );

const subgraphsGone: Diff = (now, to) =>
  Object.keys(now.subgraphs ?? {}).flatMap((name) =>
    to.subgraphs?.[name] === undefined ? [{ op: "set_subgraph", name, document: null }] : [],
  );

/** Frames last: what is in one would move to the frame around it. */
const removed: Diff = (now, to) =>
  Object.keys(now.nodes)
    .filter((node) => {
      const body = to.nodes[node];
      return body === undefined || isAnother(now.nodes[node] as NodeBody, body);
    })
    .sort((a, b) => Number(isFrame(now.nodes[a])) - Number(isFrame(now.nodes[b])))
    .map((node) => ({ op: "remove_node", node }));

/** Keys of a node that operations change. */
const CHANGED = new Set(["inputs", "in", "mode", "carry", "collect", "until"]);

/** No operation makes this node of that one: it goes, and comes back as it shall be. */
function isAnother(was: NodeBody, body: NodeBody): boolean {
  const keys = new Set([...Object.keys(was), ...Object.keys(body)]);
  const differ = (key: string): boolean => !CHANGED.has(key) && !equal(was[key], body[key]);
  if ([...keys].some(differ)) return true;
  const lessCarried = Object.entries(body.carry ?? {}).some(([name, ends]) =>
    Object.keys(was.carry?.[name] ?? {}).some((end) => !(isObject(ends) && end in ends)),
  );
  const noLink = (value: unknown): boolean => value !== undefined && asLink(value) === null;
  const gathered = Object.entries(body.collect ?? {}).some(
    ([name, value]) => noLink(value) && !equal(was.collect?.[name], value),
  );
  return lessCarried || gathered || (noLink(body.until) && !equal(was.until, body.until));
}

const added: Diff = (now, to) => {
  const nodes = Object.fromEntries(
    Object.entries(to.nodes).filter(([node]) => now.nodes[node] === undefined),
  );
  const { positions = {} } = to.ui ?? {};
  if (Object.keys(nodes).length === 0) return [];
  return [
    {
      op: "paste",
      nodes,
      positions: Object.fromEntries(Object.entries(positions).filter(([node]) => node in nodes)),
    },
  ];
};

const bodies: Diff = (now, to) =>
  Object.entries(to.nodes).flatMap(([node, body]) => bodyOperations(node, now.nodes[node] as NodeBody, body));

function bodyOperations(node: string, was: NodeBody, body: NodeBody): Operation[] {
  if (same(was, body)) return [];
  const operations: Operation[] = [];
  for (const [input, value] of Object.entries(body.inputs ?? {})) {
    if (!equal(was.inputs?.[input], value)) operations.push({ op: "set_input", node, input, value });
  }
  for (const input of Object.keys(was.inputs ?? {})) {
    if (body.inputs?.[input] === undefined) operations.push({ op: "clear_input", node, input });
  }
  if (was.in !== body.in) operations.push({ op: "set_frame", nodes: [node], frame: body.in ?? null });
  if (!equal(was.mode, body.mode))
    operations.push({ op: "set_mode", nodes: [node], mode: body.mode ?? "normal" });
  for (const [name, ends] of Object.entries(body.carry ?? {})) {
    for (const end of ["first", "next"] as const) {
      const value = ends[end];
      if (value !== undefined && !equal(was.carry?.[name]?.[end], value))
        operations.push({ op: "set_carry", node, name, end, value });
    }
  }
  for (const name of Object.keys(was.carry ?? {})) {
    if (body.carry?.[name] === undefined) operations.push({ op: "remove_carry", node, name });
  }
  for (const name of Object.keys(was.collect ?? {})) {
    if (body.collect?.[name] === undefined) operations.push({ op: "set_collect", node, name, source: null });
  }
  for (const [name, value] of Object.entries(body.collect ?? {})) {
    if (!equal(was.collect?.[name], value))
      operations.push({ op: "set_collect", node, name, source: textOf(value) });
  }
  if (!equal(was.until, body.until)) operations.push({ op: "set_until", node, source: textOf(body.until) });
  return operations;
}

const interfaces: Diff = (now, to) =>
  (["inputs", "outputs"] as const).flatMap((side) => {
    const names = new Set([
      ...Object.keys(now.interface?.[side] ?? {}),
      ...Object.keys(to.interface?.[side] ?? {}),
    ]);
    return [...names].flatMap((name): Operation[] => {
      const value = to.interface?.[side]?.[name] ?? null;
      return equal(now.interface?.[side]?.[name] ?? null, value)
        ? []
        : [{ op: "set_interface", side, name, value }];
    });
  });

const looks: Diff = (now, to) => {
  const positions = Object.entries(to.ui?.positions ?? {}).filter(
    ([node, at]) => to.nodes[node] !== undefined && !equal(now.ui?.positions?.[node], at),
  );
  const operations: Operation[] =
    positions.length > 0 ? [{ op: "move", positions: Object.fromEntries(positions) }] : [];
  for (const [node, look] of Object.entries(to.ui?.nodes ?? {})) {
    if (to.nodes[node] === undefined) continue;
    for (const [key, value] of Object.entries(look)) {
      if (!equal(now.ui?.nodes?.[node]?.[key], value)) operations.push({ op: "set_look", node, key, value });
    }
  }
  return operations;
};

const groups: Diff = (now, to) => {
  const had = new Map((now.ui?.groups ?? []).map((one) => [one.id, one]));
  const wanted = new Map((to.ui?.groups ?? []).map((one) => [one.id, one]));
  const operations: Operation[] = [];
  for (const group of had.keys()) if (!wanted.has(group)) operations.push({ op: "remove_group", group });
  for (const [group, body] of wanted) {
    const was = had.get(group);
    if (was === undefined) operations.push({ op: "add_group", group, body });
    else if (!equal(was, body)) operations.push({ op: "edit_group", group, body });
  }
  return operations;
};

/** As many as it takes: what comes after the first that differs is put anew, as order counts. */
const reroutes: Diff = (now, to) => {
  const had = pointsOf(now);
  const wanted = pointsOf(to);
  let kept = 0;
  while (kept < had.length && kept < wanted.length && equal(had[kept], wanted[kept])) kept += 1;
  return [
    ...had.slice(kept).map(({ id }): Operation => ({ op: "remove_reroute", reroute: id })),
    ...wanted.slice(kept).map(
      ({ id, source, links, position }): Operation => ({
        op: "add_reroute",
        reroute: id,
        source,
        links,
        position,
      }),
    ),
  ];
};

function textOf(value: unknown): string | null {
  const link = asLink(value);
  return link === null ? null : link.output === null ? link.node : `${link.node}.${link.output}`;
}
