/** What is looked at, and with what in hand: selection, drag, a link being drawn. Never saved, never undone. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Type } from "../graph/types";
import type { Guide, Point } from "./geometry";

/** The end of a link that a person is drawing. `handle` is the socket it started from. */
export interface Connecting {
  node: string;
  handle: string;
  from: "output" | "input";
  type: Type;
  /** the reroute that it branches off at */
  through?: string | undefined;
  /** begun by a tap: it waits for a second one */
  tapped: boolean;
}

export interface ViewState {
  selection: ReadonlySet<string>;
  /** nodes under way, where they are shown now */
  drag: ReadonlyMap<string, Point> | null;
  /** lines that what is dragged has snapped to */
  guides: readonly Guide[];
  connecting: Connecting | null;
  /** the link that the pointer rests on, and where on the screen */
  link: { id: string; screen: Point } | null;
  /** zoomed out so far that the canvas layer draws everything */
  far: boolean;
}

export function createViewStore(): StoreApi<ViewState> {
  return createStore(() => ({
    selection: NONE,
    drag: null,
    guides: [],
    connecting: null,
    link: null,
    far: false,
  }));
}

const NONE: ReadonlySet<string> = new Set();
