/**
 * Documents that do not say where their nodes stand — written by hand, by a program, or by an earlier version — are shown
 * laid out. Looking changes nothing: positions are written when a person first moves something.
 */
import { isFrame, type WorkflowDocument } from "../graph/document";
import { type Point, union } from "../view/geometry";
import { arrange } from "./arrange";
import type { Scene } from "./scene";

const BELOW = 80;

/** The nodes that have no position of their own, and need one: a loop stands around what is in it. */
export function unplaced(document: WorkflowDocument): string[] {
  const { positions = {} } = document.ui ?? {};
  const missing = Object.keys(document.nodes).filter((id) => positions[id] === undefined);
  if (missing.length === 0) return missing;
  const full = new Set(Object.values(document.nodes).map((body) => body.in));
  return missing.filter((id) => !isFrame(document.nodes[id]) || !full.has(id));
}

/** The document with a position for each node; those that had none stand below the others. */
export function laidOut(
  document: WorkflowDocument,
  make: (document: WorkflowDocument) => Scene,
): WorkflowDocument {
  const missing = new Set(unplaced(document));
  if (missing.size === 0) return document;
  const scene = make(document);
  const arranged = arrange(document, scene);
  const known = scene.nodes
    .filter((one) => one.kind === "card" && !missing.has(one.id))
    .map((one) => one.rect);
  const around = union(known);
  const [left, top] = around === null ? [0, 0] : [around.x, around.y + around.height + BELOW];
  const positions: { [node: string]: Point } = { ...document.ui?.positions };
  for (const id of missing) {
    const [x, y] = arranged.get(id) ?? [0, 0];
    positions[id] = [x + left, y + top];
  }
  return { ...document, ui: { ...document.ui, positions } };
}
