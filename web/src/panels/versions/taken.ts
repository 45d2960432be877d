/** One difference as operations: what makes a document have, of a node, what one of two versions has. Pure. */
import type { Json } from "../../api/types";
import { apply, Refused } from "../../document/apply";
import { Draft } from "../../document/changes";
import type { Operation } from "../../document/operations";
import { GONE, withNames } from "../../document/references";
import { equal, towards } from "../../document/towards";
import { isFrame, linksIn, type NodeBody, type WorkflowDocument } from "../../graph/document";
import type { Entry, Level, Line } from "./reading";

/** `lines`: only these of the node's; null: all of it. Throws `Refused` where it makes no sense any more. */
export function taken(
  now: WorkflowDocument,
  level: Level,
  entry: Entry,
  lines: readonly Line[] | null,
  from: "old" | "new",
): Operation[] {
  const source = level[from];
  const there = entry[from];
  const other = entry[from === "old" ? "new" : "old"];
  const here = [other, there].find((one) => one !== null && now.nodes[one] !== undefined) ?? null;
  if (there === null) {
    if (here === null) throw new Refused(`${entry.title} is not in the workflow any more`);
    return [{ op: "remove_node", node: here }];
  }
  const names = namesTo(now, level, from);
  if (here === null) {
    if (other !== null) throw new Refused(`${entry.title} is not in the workflow any more`);
    return brought(now, source, there, names);
  }
  const body = source.nodes[there];
  if (body === undefined) throw new Refused(`${entry.title} is not in that version`);
  if (other === null && equal(now.nodes[here], body)) throw new Refused(`${entry.title} is there already`);
  const operations = (lines ?? entry.lines).flatMap((line) => lineOf(now, source, here, body, line, names));
  const renamed = (lines ?? entry.lines).some((one) => one.kind === "name") && there !== here;
  if (renamed) operations.push({ op: "rename_node", node: here, to: there });
  const after = apply(now, operations).document;
  if (equal(after, now)) throw new Refused("That is so already");
  return operations;
}

type Names = (name: string) => string | null;

/** What the nodes of a version are called in the document as it is; null: they are not there. */
function namesTo(now: WorkflowDocument, { difference }: Level, from: "old" | "new"): Names {
  const renamed = new Map(
    difference.renamed.map(({ node = "", to = "" }) => (from === "old" ? [node, to] : [to, node])),
  );
  return (name) =>
    [renamed.get(name), name].find((one) => one !== undefined && now.nodes[one] !== undefined) ?? null;
}

function lineOf(
  now: WorkflowDocument,
  source: WorkflowDocument,
  node: string,
  body: NodeBody,
  line: Line,
  names: Names,
): Operation[] {
  if (line.kind === "name") return [];
  if (line.kind === "inside")
    return [{ op: "set_subgraph", name: line.name, document: source.subgraphs?.[line.name] ?? null }];
  if (line.kind === "key") return keyOf(now, node, body, line.name, names);
  const value = slotOf(body, line.name);
  const missing = linksIn(value).find((one) => names(one.node) === null);
  if (missing !== undefined)
    throw new Refused(`${missing.node}, which it was linked to, is not in the workflow`);
  return slotOperations(node, body, line.name, value === undefined ? undefined : withNames([], value, names));
}

/** What stands at what the server calls an input. */
function slotOf(body: NodeBody, name: string): unknown {
  const [kind, key = "", end] = name.split(".");
  if (isFrame(body) && kind === "carry") return body.carry?.[key]?.[end === "first" ? "first" : "next"];
  if (isFrame(body) && kind === "collect") return body.collect?.[key];
  if (isFrame(body) && name === "until") return body.until;
  return body.inputs?.[name];
}

function slotOperations(node: string, body: NodeBody, name: string, value: unknown): Operation[] {
  const [kind, key = "", end] = name.split(".");
  const link = (value as { from?: string } | undefined)?.from ?? null;
  if (isFrame(body) && kind === "carry" && (end === "first" || end === "next"))
    return value === undefined
      ? [{ op: "remove_carry", node, name: key }]
      : [{ op: "set_carry", node, name: key, end, value: value as Json }];
  if (isFrame(body) && kind === "collect") return [{ op: "set_collect", node, name: key, source: link }];
  if (isFrame(body) && name === "until") return [{ op: "set_until", node, source: link }];
  return value === undefined
    ? [{ op: "clear_input", node, input: name }]
    : [{ op: "set_input", node, input: name, value: value as Json }];
}

function keyOf(now: WorkflowDocument, node: string, body: NodeBody, key: string, names: Names): Operation[] {
  if (key === "mode") return [{ op: "set_mode", nodes: [node], mode: body.mode ?? "normal" }];
  if (key === "in") {
    const frame = body.in === undefined ? null : names(body.in);
    if (body.in !== undefined && frame === null)
      throw new Refused(`${body.in}, the loop that it was in, is not in the workflow`);
    return [{ op: "set_frame", nodes: [node], frame }];
  }
  const draft = new Draft(now);
  if (body[key] === undefined) draft.drop(["nodes", node, key]);
  else draft.put(["nodes", node, key], body[key]);
  return towards(now, draft.document);
}

/** A node of a version, where it stood, with its links to and from what is there, and what was in it if it is a loop. */
function brought(now: WorkflowDocument, source: WorkflowDocument, node: string, names: Names): Operation[] {
  const body = source.nodes[node];
  if (body === undefined) throw new Refused(`${node} is not in that version`);
  const operations: Operation[] = [];
  const graph = source.subgraphs?.[body.type];
  if (graph !== undefined && now.subgraphs?.[body.type] === undefined)
    operations.push({ op: "set_subgraph", name: body.type, document: graph });
  const known: Names = (name) => (name === node ? node : names(name));
  const kept = mapped(body, known);
  const at = source.ui?.positions?.[node];
  operations.push({
    op: "paste",
    nodes: { [node]: kept },
    ...(at === undefined ? {} : { positions: { [node]: at } }),
    ...(kept.in === undefined ? {} : { frame: kept.in }),
  });
  for (const [name, other] of Object.entries(source.nodes)) {
    const here = name === node ? null : names(name);
    if (here === null) continue;
    for (const slot of slotNames(other)) {
      const value = slotOf(other, slot);
      const ends = linksIn(value);
      if (!ends.some((one) => one.node === node) || ends.some((one) => known(one.node) === null)) continue;
      operations.push(...slotOperations(here, other, slot, withNames([], value, known)));
    }
    if (other.in === node && now.nodes[here]?.in !== node)
      operations.push({ op: "set_frame", nodes: [here], frame: node });
  }
  return operations;
}

function slotNames(body: NodeBody): string[] {
  return [
    ...Object.keys(body.inputs ?? {}),
    ...Object.entries(body.carry ?? {}).flatMap(([key, ends]) =>
      Object.keys(ends ?? {}).map((end) => `carry.${key}.${end}`),
    ),
    ...Object.keys(body.collect ?? {}).map((key) => `collect.${key}`),
    ...(body.until === undefined ? [] : ["until"]),
  ];
}

/** A body with the names that nodes have in the document as it is; links to what is not there are left out. */
function mapped(body: NodeBody, names: Names): NodeBody {
  const { in: frame, ...rest } = body;
  const draft = new Draft<NodeBody>(rest as NodeBody);
  for (const slot of slotNames(body)) {
    const path = pathOf(body, slot);
    const value = withNames([], slotOf(body, slot), names);
    if (value === GONE) draft.drop(path);
    else draft.put(path, value);
  }
  const home = frame === undefined ? null : names(frame);
  return home === null ? draft.document : { ...draft.document, in: home };
}

function pathOf(body: NodeBody, name: string): string[] {
  const [kind, key = "", end = "next"] = name.split(".");
  if (isFrame(body) && kind === "carry") return ["carry", key, end];
  if (isFrame(body) && kind === "collect") return ["collect", key];
  if (isFrame(body) && name === "until") return ["until"];
  return ["inputs", name];
}
