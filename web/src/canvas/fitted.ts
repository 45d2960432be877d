/**
 * What of a graph is shown by itself. All of it; but beside an open panel no smaller than can be read, or than it is
 * without the panel: then from the right, where the result is, and what is selected stays in view. Pure.
 */
import { getViewportForBounds, type Viewport } from "@xyflow/react";
import type { Rect } from "../view/geometry";

/** Below it text on cards is hard to read: 12 px are 7. */
const READABLE = 0.62;

export interface Free {
  width: number;
  height: number;
  minZoom: number;
  maxZoom: number;
  /** room around the graph, in pixels; at the foot it may be more */
  edge: number;
  foot: number;
}

export function whole(all: Rect, { width, height, minZoom, maxZoom, edge, foot }: Free): Viewport {
  const padding = { x: `${edge}px`, top: `${edge}px`, bottom: `${foot}px` } as const;
  return getViewportForBounds(all, width, height, minZoom, maxZoom, padding);
}

/** `alone`: how wide the canvas is without the panel. `kept`: what is selected. */
export function besidePanel(all: Rect, free: Free, alone: number, kept: Rect | null): Viewport {
  const view = whole(all, free);
  const zoom = Math.min(READABLE, whole(all, { ...free, width: alone }).zoom);
  if (view.zoom >= zoom) return view;
  const { width, height, edge, foot } = free;
  const fromRight = width - edge - (all.x + all.width) * zoom;
  const x = kept === null ? fromRight : Math.max(fromRight, edge - kept.x * zoom);
  const tall = all.height * zoom > height - edge - foot;
  const y = tall ? edge - all.y * zoom : (height + edge - foot - all.height * zoom) / 2 - all.y * zoom;
  return { x, y, zoom };
}
