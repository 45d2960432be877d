/**
 * The whole graph in view: when a document is opened, when a person asks, and, as long as nobody has moved the view since,
 * whenever the canvas gets another size: a panel opens beside it, the window is made larger.
 */
import { useReactFlow, useStoreApi, type Viewport } from "@xyflow/react";
import { useCallback, useEffect, useRef } from "react";
import { useApp, useDocument, useUi } from "../app/context";
import { union } from "../view/geometry";
import { besidePanel, whole } from "./fitted";
import type { Scene } from "./scene";

/** Between the graph and the canvas's edge; at the foot more, where the legend of times lies. */
const EDGE = 20;
const LEGEND = 92;
/** Wider than this, panels stand beside the canvas. */
const BESIDE = "(width > 700px)";

/** Gives what shows all of it, within a time in ms. */
export function useFitting(scene: Scene): (duration: number) => void {
  const app = useApp();
  const flow = useReactFlow();
  const store = useStoreApi();
  const name = useDocument((state) => state.name);
  const ready = useDocument((state) => state.revision > 0);
  const timed = useUi((state) => state.heat);
  const foot = timed ? LEGEND : EDGE;
  const latest = useRef(scene);
  latest.current = scene;
  const fitted = useRef<Viewport | null>(null);

  const fit = useCallback(
    (duration: number, asked: boolean): void => {
      const all = union(latest.current.nodes.map((one) => one.rect));
      const { width, height, minZoom, maxZoom, domNode } = store.getState();
      if (all === null || width === 0 || height === 0) return;
      const free = { width, height, minZoom, maxZoom, edge: EDGE, foot };
      const panel = app.ui.getState().panel !== null && matchMedia(BESIDE).matches;
      if (asked || !panel) fitted.current = whole(all, free);
      else {
        const taken = domNode?.ownerDocument.querySelector(".panel")?.clientWidth ?? 0;
        const { selection } = app.view.getState();
        const kept = union(
          latest.current.nodes.filter((one) => selection.has(one.id)).map((one) => one.rect),
        );
        fitted.current = besidePanel(all, free, width + taken, kept);
      }
      void flow.setViewport(fitted.current, { duration });
    },
    [app, flow, store, foot],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: another document is shown whole
  useEffect(() => {
    fitted.current = null;
  }, [name, ready]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another document is shown whole
  useEffect(() => {
    const { transform } = store.getState();
    if (ready && (fitted.current === null || isAt(transform, fitted.current))) fit(0, false);
  }, [fit, store, ready, name]);

  useEffect(
    () =>
      store.subscribe((state, was) => {
        if (state.width === was.width && state.height === was.height) return;
        if (fitted.current !== null && isAt(state.transform, fitted.current)) fit(0, false);
      }),
    [fit, store],
  );
  return useCallback((duration) => fit(duration, true), [fit]);
}

function isAt([x, y, zoom]: readonly [number, number, number], view: Viewport): boolean {
  return Math.abs(x - view.x) < 1 && Math.abs(y - view.y) < 1 && Math.abs(zoom / view.zoom - 1) < 0.001;
}
