/**
 * The whole graph in view: when a document is opened, when a person asks, and, as long as nobody has moved the view since,
 * whenever the canvas gets another size: a panel opens beside it, the window is made larger.
 */
import { getViewportForBounds, useReactFlow, useStoreApi, type Viewport } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { useDocument, useUi } from "../app/context";
import { union } from "../view/geometry";
import type { Scene } from "./scene";

/** Between the graph and the canvas's edge; at the foot more, where the legend of times lies. */
const EDGE = "20px";
const LEGEND = { x: EDGE, top: EDGE, bottom: "92px" } as const;

/** Gives what fits the view, within a time in ms. */
export function useFitting(scene: Scene): (duration: number) => void {
  const flow = useReactFlow();
  const store = useStoreApi();
  const name = useDocument((state) => state.name);
  const ready = useDocument((state) => state.revision > 0);
  const timed = useUi((state) => state.heat);
  const edge = timed ? LEGEND : EDGE;
  const latest = useRef(scene);
  latest.current = scene;
  const fitted = useRef<Viewport | null>(null);

  const fit = useCallback(
    (duration: number): void => {
      const all = union(latest.current.nodes.map((one) => one.rect));
      const { width, height, minZoom, maxZoom } = store.getState();
      if (all === null || width === 0 || height === 0) return;
      fitted.current = getViewportForBounds(all, width, height, minZoom, maxZoom, edge);
      void flow.setViewport(fitted.current, { duration });
    },
    [flow, store, edge],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another document is shown whole
  useEffect(() => {
    fitted.current = null;
  }, [name, ready]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another document is shown whole
  useEffect(() => {
    const { transform } = store.getState();
    if (ready && (fitted.current === null || isAt(transform, fitted.current))) fit(0);
  }, [fit, store, ready, name]);

  useEffect(
    () =>
      store.subscribe((state, was) => {
        if (state.width === was.width && state.height === was.height) return;
        if (fitted.current !== null && isAt(state.transform, fitted.current)) fit(0);
      }),
    [fit, store],
  );
  return fit;
}

function isAt([x, y, zoom]: readonly [number, number, number], view: Viewport): boolean {
  return Math.abs(x - view.x) < 1 && Math.abs(y - view.y) < 1 && Math.abs(zoom / view.zoom - 1) < 0.001;
}
