/** What is looked at beside the graph: a picture in large, two runs side by side, a grid of a sweep, a mask being painted. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Comparison, Picture } from "../api/types";
import type { WorkflowDocument } from "../graph/document";

/** A picture held for comparison, and the graph that made it, with the values of its run. */
export interface Pin {
  run: string;
  url: string;
  name: string;
  document: WorkflowDocument;
}

/** An input that takes several values: one axis of a grid. */
export interface Axis {
  node: string;
  input: string;
  values: readonly (string | number | boolean)[];
}

export interface GridCell {
  run: string;
  x: number;
  y: number;
}

/** A sweep that was submitted: which run stands in which cell. */
export interface Grid {
  batch: string | null;
  x: Axis;
  y: Axis | null;
  cells: readonly GridCell[];
}

/** One of two versions: the document as it is now, a revision of it, another workflow, or a graph from elsewhere. */
export type Side =
  | { kind: "now" }
  | { kind: "revision"; revision: number }
  | { kind: "workflow"; name: string }
  | { kind: "document"; label: string; document: WorkflowDocument };

/** Two versions, drawn as one graph in place of the document. */
export interface Versions {
  old: Side;
  new: Side;
  /** null: the server has not answered yet */
  found: Comparison | null;
  /** the list of differences is open */
  list: boolean;
  /** what was seen of the document before */
  back: { x: number; y: number; zoom: number } | null;
}

export type MaskAct =
  | "brush"
  | "rectangle"
  | "ellipse"
  | "erase"
  | "smaller"
  | "larger"
  | "undo"
  | "redo"
  | "invert"
  | "clear"
  | "keep"
  | "keys";

/** The mask that is painted, for the commands about it. */
export interface Painter {
  act(what: MaskAct): void;
  /** Escape was pressed: false if there was something else to leave first. */
  leave(): boolean;
}

export interface ResultsState {
  lightbox: { pictures: readonly Picture[]; at: number } | null;
  a: Pin | null;
  b: Pin | null;
  comparing: boolean;
  versions: Versions | null;
  x: Axis | null;
  y: Axis | null;
  grid: Grid | null;
  /** the node whose mask is painted */
  mask: string | null;
  /** what model is missing, and of which input */
  missing: { node: string; input: string } | null;
}

export function createResultsStore(): StoreApi<ResultsState> {
  return createStore(() => ({
    lightbox: null,
    a: null,
    b: null,
    comparing: false,
    versions: null,
    x: null,
    y: null,
    grid: null,
    mask: null,
    missing: null,
  }));
}
