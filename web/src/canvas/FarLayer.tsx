/** The far view: below a certain zoom React Flow holds no nodes at all, and one canvas shows, selects and moves them. */
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { useEffect, useLayoutEffect, useRef } from "react";
import { useApp, useUi, useView } from "../app/context";
import type { App } from "../app/services";
import { prefixOf } from "../document/inside";
import { tookText } from "../run/heat";
import { contains, type Point } from "../view/geometry";
import { paint, readPalette } from "./farPaint";
import { FAR_ZOOM } from "./measures";
import type { Scene } from "./scene";
import { drop, follow, moveBy } from "./useDragging";

/** Pictures by their address, decoded once; says when one has come. */
class Pictures {
  private readonly known = new Map<string, HTMLImageElement>();

  constructor(private readonly arrived: () => void) {}

  get(url: string | undefined): HTMLImageElement | null {
    if (url === undefined) return null;
    const known = this.known.get(url);
    if (known !== undefined) return known.complete && known.naturalWidth > 0 ? known : null;
    const image = new Image();
    image.onload = this.arrived;
    image.src = url;
    this.known.set(url, image);
    return null;
  }
}

/** The time of a node, while times are looked at. */
function heatAt(app: App, id: string): { level: number; text: string; kept: boolean } | null {
  if (!app.ui.getState().heat) return null;
  const heat = app.heats.map(prefixOf(app.document.store.getState().inside))?.nodes.get(id);
  if (heat === undefined) return null;
  const kept = heat.whose === "cached" || heat.whose === "earlier";
  return { level: heat.level, text: tookText(heat.seconds), kept };
}

/** `active`: the graph is worked on here, not in the cards that are about to take its place. */
export function FarLayer({ scene, active }: { scene: Scene; active: boolean }) {
  const app = useApp();
  const flow = useStoreApi();
  const { setCenter } = useReactFlow();
  const element = useRef<HTMLCanvasElement>(null);
  const selection = useView((state) => state.selection);
  const shade = useUi((state) => state.shade);
  const timed = useUi((state) => state.heat);
  const latest = useRef(scene);
  latest.current = scene;
  const repaint = useRef<() => void>(() => {});

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useLayoutEffect(() => {
    const canvas = element.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const palette = readPalette(canvas);
    const pictures = new Pictures(() => repaint.current());
    let asked = 0;
    const draw = (): void => {
      asked = 0;
      const { width, height, transform } = flow.getState();
      const ratio = devicePixelRatio;
      if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      const camera = { x: transform[0], y: transform[1], zoom: transform[2] };
      const state = {
        selection: app.view.getState().selection,
        phase: (id: string) => app.runner.nodes.get(id).phase,
        heat: (id: string) => heatAt(app, id),
        picture: (id: string) => pictures.get(app.runner.pictures.get(id)?.url),
      };
      paint(context, { width, height, ratio }, camera, latest.current, palette, state);
    };
    repaint.current = () => {
      if (asked === 0) asked = requestAnimationFrame(draw);
    };
    draw(); // at once: the cards are gone already
    const offs = [
      flow.subscribe((state, was) => {
        if (state.transform !== was.transform || state.width !== was.width || state.height !== was.height)
          repaint.current();
      }),
      app.runner.store.subscribe(() => repaint.current()),
      app.heats.store.subscribe(() => repaint.current()),
    ];
    return () => {
      cancelAnimationFrame(asked);
      for (const off of offs) off();
    };
  }, [app, flow, shade]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is shown has changed
  useEffect(() => repaint.current(), [scene, selection, timed]);

  useEffect(() => {
    if (!active) return;
    const pane = element.current?.parentElement?.querySelector<HTMLElement>(".react-flow__pane");
    if (!pane) return;
    const at = (event: MouseEvent): Point =>
      app.canvas.current?.toCanvas([event.clientX, event.clientY]) ?? [0, 0];
    const under = (point: Point): string | null => {
      const hits = latest.current.nodes.filter((one) => contains(one.rect, point));
      return hits.sort((a, b) => a.rect.width * a.rect.height - b.rect.width * b.rect.height)[0]?.id ?? null;
    };
    const start = (event: PointerEvent): void => {
      const from = at(event);
      const id = event.button === 0 && event.isPrimary ? under(from) : null;
      if (id === null) return;
      event.stopPropagation();
      const base = latest.current;
      const picked = app.view.getState().selection;
      const ids = picked.has(id) ? [...picked] : event.shiftKey ? [...picked, id] : [id];
      app.view.setState({ selection: new Set(ids) });
      if (app.looking) return;
      const move = (moved: PointerEvent): void => {
        const [x, y] = at(moved);
        if (Math.hypot(x - from[0], y - from[1]) * flow.getState().transform[2] < 3) return;
        const held = new Map<string, Point>();
        for (const one of ids) {
          const rect = base.byId.get(one)?.rect;
          if (rect !== undefined) moveBy(base, held, one, [rect.x + x - from[0], rect.y + y - from[1]]);
        }
        follow(base, held);
        app.view.setState({ drag: held });
      };
      const end = (): void => {
        removeEventListener("pointermove", move);
        removeEventListener("pointerup", end);
        drop(app, base);
      };
      addEventListener("pointermove", move);
      addEventListener("pointerup", end);
    };
    const stop = (event: MouseEvent): void => {
      if (event.button === 0 && under(at(event)) !== null) event.stopPropagation();
    };
    const open = (event: MouseEvent): void => {
      const point = at(event);
      if (under(point) !== null)
        void setCenter(point[0], point[1], { zoom: Math.max(FAR_ZOOM * 2.2, 0.8), duration: 260 });
    };
    const root = pane.parentElement as HTMLElement;
    root.addEventListener("pointerdown", start, true);
    root.addEventListener("mousedown", stop, true);
    root.addEventListener("dblclick", open);
    return () => {
      root.removeEventListener("pointerdown", start, true);
      root.removeEventListener("mousedown", stop, true);
      root.removeEventListener("dblclick", open);
    };
  }, [app, active, flow, setCenter]);

  return <canvas ref={element} className="far-layer" role="img" aria-label="the graph from far away" />;
}
