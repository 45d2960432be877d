/** Reroutes when a part of a graph becomes a subgraph, and when one is unpacked: they stay with their links. Pure. */
import type { Reroute, WorkflowDocument } from "../graph/document";
import { freeName } from "./apply";
import { same } from "./changes";
import type { Position } from "./operations";
import { nodeIn, pointsOf, renamed } from "./reroutes";

/** What an end or a source is called outside; null: there is no such link any more. */
type Outward = (text: string) => string | null;

/** Points of links among the nodes of the part go in with them; those of all other links stay, and lead to the use. */
export function splitReroutes(
  document: WorkflowDocument,
  inside: ReadonlySet<string>,
  source: Outward,
  end: Outward,
): { inner: Reroute[]; outer: Reroute[] } {
  const inner: Reroute[] = [];
  const outer: Reroute[] = [];
  for (const point of pointsOf(document)) {
    const within = (one: string): boolean => inside.has(nodeIn(point.source)) && inside.has(nodeIn(one));
    const mine = point.links.filter(within);
    if (mine.length > 0) inner.push({ ...point, links: mine });
    const theirs = point.links.filter((one) => !within(one));
    const links = theirs
      .map((one) => (inside.has(nodeIn(one)) ? end(one) : one))
      .filter((one) => one !== null);
    const from = inside.has(nodeIn(point.source)) ? source(point.source) : point.source;
    if (links.length > 0 && from !== null) outer.push({ ...point, source: from, links: [...new Set(links)] });
  }
  return { inner, outer };
}

/** The points of a document and those of its subgraph in one list; what was one point before is one again. */
export function joinedReroutes(
  document: WorkflowDocument,
  graph: WorkflowDocument,
  to: {
    names: ReadonlyMap<string, string>;
    by: Position;
    source(text: string): string | null;
    ends(text: string): string[];
  },
): Reroute[] {
  const found = pointsOf(document).map((point) => ({
    ...point,
    source: to.source(point.source) ?? point.source,
    links: point.links.flatMap((one) => to.ends(one)),
  }));
  for (const point of pointsOf(graph)) {
    const { position, ...body } = renamed(point, (node) => to.names.get(node) ?? node);
    const at: Position = [position[0] + to.by[0], position[1] + to.by[1]];
    const known = found.find((one) => one.id === body.id);
    if (known !== undefined && known.source === body.source && same(known.position, at)) {
      known.links = [...new Set([...known.links, ...body.links])];
      continue;
    }
    const id = freeName(body.id, new Set(found.map((one) => one.id)));
    found.push({ ...body, id, position: at });
  }
  return found;
}
