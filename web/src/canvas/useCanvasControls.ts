/** What the rest of the editor may do with the canvas: show, zoom, convert points. */
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect, useRef } from "react";
import { useApp } from "../app/context";
import type { CanvasControls } from "../app/services";
import { centre, contains, type Point, union } from "../view/geometry";
import type { Scene } from "./scene";
import { useFitting } from "./useFitting";

const CALM = 260;

export function useCanvasControls(scene: Scene): void {
  const app = useApp();
  const flow = useReactFlow();
  const store = useStoreApi();
  const latest = useRef(scene);
  latest.current = scene;
  const fitAll = useFitting(scene);

  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)");
    const duration = (): number => (still.matches ? 0 : CALM);
    const showRect: CanvasControls["showRect"] = (rect) =>
      void flow.fitBounds(rect, { padding: 0.08, duration: duration() });
    const controls: CanvasControls = {
      toCanvas: ([x, y]) => {
        const found = flow.screenToFlowPosition({ x, y }, { snapToGrid: false });
        return [found.x, found.y];
      },
      centre: () => {
        const { width, height, transform } = store.getState();
        return [(width / 2 - transform[0]) / transform[2], (height / 2 - transform[1]) / transform[2]];
      },
      fit(ids) {
        if (ids === undefined) return fitAll(duration());
        const wanted = new Set(ids);
        const rects = latest.current.nodes.filter((one) => wanted.has(one.id)).map((one) => one.rect);
        const all = union(rects);
        if (all !== null) showRect(all);
      },
      showRect,
      reveal(rect) {
        const { width, height, transform } = store.getState();
        const [x, y, zoom] = transform;
        const seen = { x: -x / zoom, y: -y / zoom, width: width / zoom, height: height / zoom };
        const wide = rect.width > seen.width || rect.height > seen.height;
        const corner: Point = [rect.x, rect.y];
        const opposite: Point = [rect.x + rect.width, rect.y + rect.height];
        if (contains(seen, corner) && (wide || contains(seen, opposite))) return;
        const [middleX, middleY] = centre(rect);
        const [toX, toY] = wide
          ? [rect.x + seen.width / 2 - 24 / zoom, rect.y + seen.height / 2 - 24 / zoom]
          : [middleX, middleY];
        void flow.setCenter(toX, toY, { zoom, duration: duration() });
      },
      view: () => flow.getViewport(),
      goTo: (view) => void flow.setViewport(view, { duration: duration() }),
      zoomBy: (factor) => void flow.zoomTo(flow.getZoom() * factor, { duration: duration() / 2 }),
      zoomTo: (zoom) => void flow.zoomTo(zoom, { duration: duration() }),
    };
    app.canvas.current = controls;
    return () => {
      app.canvas.current = null;
    };
  }, [app, flow, store, fitAll]);
}
