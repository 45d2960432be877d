/**
 * Reroutes: points that links are led through. They are looks alone. A point says what the links that pass it read, and of
 * each where it ends; along a link, points come in the order of the list. See server/live/reroutes.py. Pure.
 */
import { linksIn, type Reroute, type Source, type WorkflowDocument } from "../graph/document";
import { type Draft, same, valueAt } from "./changes";
import type { Operation, Position } from "./operations";

/** Where a link is written. */
export type Slot =
  | { kind: "input"; name: string; at: number | null }
  | { kind: "first" | "next" | "collect"; name: string }
  | { kind: "until" };

/** How a point names the link that ends in a slot. */
export function endOf(node: string, slot: Slot): string {
  if (slot.kind === "until") return `${node}.until`;
  if (slot.kind === "input") return `${node}.inputs.${slot.name}`;
  if (slot.kind === "collect") return `${node}.collect.${slot.name}`;
  return `${node}.carry.${slot.name}.${slot.kind}`;
}

export function fromText({ node, output }: Source): string {
  return output === null ? node : `${node}.${output}`;
}

/** The node that a point's `source`, or an end, speaks of. */
export function nodeIn(text: string): string {
  const dot = text.indexOf(".");
  return dot < 0 ? text : text.slice(0, dot);
}

/** The points that are well formed. */
export function pointsOf(document: WorkflowDocument): Reroute[] {
  const found: unknown = document.ui?.reroutes;
  return Array.isArray(found) ? found.filter(isReroute) : [];
}

function isReroute(value: unknown): value is Reroute {
  const one = value as Partial<Reroute> | null;
  return (
    typeof one?.id === "string" &&
    typeof one.source === "string" &&
    Array.isArray(one.links) &&
    one.links.every((link) => typeof link === "string") &&
    isPosition(one.position)
  );
}

export function isPosition(value: unknown): value is Position {
  return Array.isArray(value) && value.length === 2 && value.every((one) => Number.isFinite(one));
}

/** Whether the link that ends there is there, and reads that. */
export function reads(document: WorkflowDocument, end: string, source: string): boolean {
  return linksIn(valueAt(document, pathOf(end))).some((one) => fromText(one) === source);
}

function pathOf(end: string): string[] {
  const [node = "", kind = "", ...rest] = end.split(".");
  if (kind === "inputs" || kind === "collect") return ["nodes", node, kind, rest.join(".")];
  return ["nodes", node, kind, ...rest];
}

/** Take links that are gone off their points, and points away that no link passes: the server does it after every edit. */
export function settle(draft: Draft<WorkflowDocument>): void {
  for (const { id, links, source } of pointsOf(draft.document)) {
    const kept = links.filter((end) => reads(draft.document, end, source));
    if (kept.length === 0) draft.drop(["ui", "reroutes", id]);
    else if (!same(kept, links)) draft.put(["ui", "reroutes", id, "links"], kept);
  }
}

/** A point with its nodes called something else. */
export function renamed(point: Reroute, name: (node: string) => string): Reroute {
  const text = (one: string): string => name(nodeIn(one)) + one.slice(nodeIn(one).length);
  return { ...point, source: text(point.source), links: point.links.map(text) };
}

/** What leads a link, which has been made, as the links that pass a point are led there. */
export function branchAt(document: WorkflowDocument, point: string, end: string): Operation[] {
  const all = pointsOf(document);
  const at = all.find((one) => one.id === point);
  const [along] = at?.links ?? [];
  if (at === undefined || along === undefined) return [];
  const before = all.slice(0, all.indexOf(at) + 1).filter((one) => one.links.includes(along));
  return before
    .filter((one) => !one.links.includes(end))
    .map(({ id, links }) => ({ op: "edit_reroute", reroute: id, links: [...links, end] }));
}

/** What leads a link straight again. */
export function straightened(document: WorkflowDocument, source: string, end: string): Operation[] {
  return pointsOf(document)
    .filter((one) => one.source === source && one.links.includes(end))
    .map(
      ({ id, links }): Operation =>
        links.length === 1
          ? { op: "remove_reroute", reroute: id }
          : { op: "edit_reroute", reroute: id, links: links.filter((one) => one !== end) },
    );
}

/** Whether all links of a point are among nodes. */
export function isAmong(point: Reroute, inside: (node: string) => boolean): boolean {
  return inside(nodeIn(point.source)) && point.links.every((end) => inside(nodeIn(end)));
}
