/** Where we are in the whole graph: a small painted map; a click or a drag moves the view. Gone where all is in view. */
import { useReactFlow, useStoreApi } from "@xyflow/react";
import { type PointerEvent, useCallback, useEffect, useRef } from "react";
import { useUi } from "../app/context";
import { contains, grown, type Rect, union } from "../view/geometry";
import { readPalette } from "./farPaint";
import type { Scene } from "./scene";

const WIDTH = 168;
const HEIGHT = 108;

export function MiniMap({ scene }: { scene: Scene }) {
  const flow = useStoreApi();
  const { setCenter } = useReactFlow();
  const shade = useUi((state) => state.shade);
  const element = useRef<HTMLCanvasElement>(null);
  const map = useRef({ scale: 1, x: 0, y: 0 });

  // biome-ignore lint/correctness/useExhaustiveDependencies: another theme has other colours
  useEffect(() => {
    const canvas = element.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context) return;
    const palette = readPalette(canvas);
    const backdrop = document.createElement("canvas");
    let asked = 0;
    const whole = union(scene.nodes.map((one) => one.rect)) ?? { x: 0, y: 0, width: 1, height: 1 };
    const all = grown(whole, 60);
    const scale = Math.min(WIDTH / all.width, HEIGHT / all.height);
    const x = (WIDTH - all.width * scale) / 2 - all.x * scale;
    const y = (HEIGHT - all.height * scale) / 2 - all.y * scale;
    map.current = { scale, x, y };
    const ratio = devicePixelRatio;
    for (const one of [canvas, backdrop]) {
      one.width = WIDTH * ratio;
      one.height = HEIGHT * ratio;
    }
    paintMap(backdrop, scene, map.current, ratio, palette);
    const draw = (): void => {
      asked = 0;
      const { transform, width, height } = flow.getState();
      const seen: Rect = {
        x: -transform[0] / transform[2],
        y: -transform[1] / transform[2],
        width: width / transform[2],
        height: height / transform[2],
      };
      canvas.dataset.idle = String(
        contains(seen, [whole.x, whole.y]) && contains(seen, [whole.x + whole.width, whole.y + whole.height]),
      );
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.drawImage(backdrop, 0, 0);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.strokeStyle = palette.accent;
      context.lineWidth = 1.5;
      context.strokeRect(seen.x * scale + x, seen.y * scale + y, seen.width * scale, seen.height * scale);
    };
    draw();
    const off = flow.subscribe((state, was) => {
      const moved =
        state.transform !== was.transform || state.width !== was.width || state.height !== was.height;
      if (moved && asked === 0) asked = requestAnimationFrame(draw);
    });
    return () => {
      cancelAnimationFrame(asked);
      off();
    };
  }, [scene, flow, shade]);

  const go = useCallback(
    (event: PointerEvent<HTMLCanvasElement>) => {
      if (event.buttons !== 1) return;
      const box = event.currentTarget.getBoundingClientRect();
      const { scale, x, y } = map.current;
      const zoom = flow.getState().transform[2];
      void setCenter((event.clientX - box.left - x) / scale, (event.clientY - box.top - y) / scale, { zoom });
    },
    [flow, setCenter],
  );
  if (scene.nodes.length === 0) return null;
  return (
    <canvas
      ref={element}
      className="minimap"
      width={WIDTH}
      height={HEIGHT}
      role="img"
      aria-label="map of the graph"
      onPointerDown={go}
      onPointerMove={go}
    />
  );
}

function paintMap(
  canvas: HTMLCanvasElement,
  scene: Scene,
  { scale, x, y }: { scale: number; x: number; y: number },
  ratio: number,
  palette: ReturnType<typeof readPalette>,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  for (const node of scene.nodes) {
    const backdrop = node.kind === "frame" || node.kind === "group";
    const plain = backdrop || node.kind === "note" ? palette.frame : palette.line;
    context.fillStyle = node.mark === undefined ? plain : palette.marks[node.mark.sign];
    const { rect } = node;
    context.fillRect(
      rect.x * scale + x,
      rect.y * scale + y,
      Math.max(1, rect.width * scale),
      Math.max(1, rect.height * scale),
    );
  }
}
