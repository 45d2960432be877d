/** What a person does with reroutes: put one on a link, let a link pass one, lead a link straight. Pure. */

import { type End, split } from "../document/edits";
import { randomId } from "../document/identity";
import type { Operation } from "../document/operations";
import { branchAt, endOf, fromText, pointsOf, straightened } from "../document/reroutes";
import type { WorkflowDocument } from "../graph/document";
import type { Point } from "../view/geometry";
import type { Scene, SceneEdge } from "./scene";

export const REROUTE = "reroute:";
const STEP = 10;

/** How a reroute's item is called, by its node on the canvas. */
export function pointId(node: string): string {
  return node.slice(REROUTE.length);
}

/** Put a point on a part of a link (0: from its source to its first point). Links that run along it there pass it too. */
export function reroutedAt(
  scene: Scene,
  edge: SceneEdge,
  part: number,
  [x, y]: Point,
): { id: string; operation: Operation } {
  const [before, next] = [edge.through[part - 1], edge.through[part]];
  const along = next === undefined ? [edge] : scene.edges.filter((one) => runsAlong(one, edge, before, next));
  const id = `reroute-${randomId(5)}`;
  const operation: Operation = {
    op: "add_reroute",
    reroute: id,
    source: fromText(edge.link.source),
    links: along.map((one) => endOf(one.link.node, one.link.slot)),
    position: [Math.round(x / STEP) * STEP, Math.round(y / STEP) * STEP],
  };
  return { id, operation: next === undefined ? operation : { ...operation, before: pointId(next) } };
}

function runsAlong(one: SceneEdge, edge: SceneEdge, before: string | undefined, next: string): boolean {
  const at = one.through.indexOf(next);
  return (
    at >= 0 &&
    one.through[at - 1] === before &&
    one.sourceHandle === edge.sourceHandle &&
    one.source === edge.source
  );
}

/** The links that could pass a point and do not: of its output, also on the same side of a loop's edge. */
export function others(scene: Scene, edges: readonly SceneEdge[], node: string): SceneEdge[] {
  const output = outputOf(scene, node);
  return edges.filter(
    (one) => one.source === output?.node && one.sourceHandle === output.handle && !one.through.includes(node),
  );
}

/** Let links pass a point, as those that pass it already come to it. */
export function joined(document: WorkflowDocument, edges: readonly SceneEdge[], node: string): Operation[] {
  const links = new Map<string, Set<string>>();
  for (const { link } of edges) {
    for (const one of branchAt(document, pointId(node), endOf(link.node, link.slot))) {
      if (one.op !== "edit_reroute") continue;
      const all = links.get(one.reroute) ?? new Set();
      for (const end of one.links ?? []) all.add(end);
      links.set(one.reroute, all);
    }
  }
  return [...links].map(([reroute, all]) => ({ op: "edit_reroute", reroute, links: [...all] }));
}

/** Where a point's branches begin: at the output that it belongs to. */
export function outputOf(scene: Scene, node: string): End | null {
  const edge = scene.edges.find((one) => one.through.includes(node));
  return edge === undefined ? null : { node: edge.source, handle: edge.sourceHandle };
}

/** The operations that make a link, with those that lead it to a point as the others come to it. */
export function branched(
  document: WorkflowDocument,
  operations: readonly Operation[],
  node: string,
  { node: to, handle }: End,
): Operation[] {
  const [kind, name = ""] = split(handle);
  const carry = kind === "first" || kind === "next";
  const end = kind === "i" ? `inputs.${name}` : carry ? `carry.${name}.${kind}` : handle.replace(":", ".");
  const source = pointsOf(document).find((one) => one.id === pointId(node))?.source;
  if (source === undefined) return [...operations];
  const spelled = operations.map((one): Operation => {
    if (one.op === "set_carry") return { ...one, value: { from: source } };
    return one.op === "link" || one.op === "set_collect" || one.op === "set_until" ? { ...one, source } : one;
  });
  return [...spelled, ...branchAt(document, pointId(node), `${to}.${end}`)];
}

/** Lead a link straight again. */
export function straight(document: WorkflowDocument, { link }: SceneEdge): Operation[] {
  return straightened(document, fromText(link.source), endOf(link.node, link.slot));
}
