/** Paint a whole scene with a few strokes: what is seen from far away. */
import { titleOf } from "../graph/document";
import { LEVELS } from "../run/heat";
import { overlaps, type Rect } from "../view/geometry";
import type { Scene, SceneNode } from "./scene";

export interface Palette {
  surface: string;
  line: string;
  ink: string;
  accent: string;
  frame: string;
  link: string;
  phases: Record<string, string>;
  /** a colour per class of time, and the ink on it */
  heat: readonly { fill: string; ink: string }[];
}

/** A picture to paint in a node; null until it is there. */
export type PictureOf = (node: string) => CanvasImageSource | null;

export interface Camera {
  x: number;
  y: number;
  zoom: number;
}

export interface PaintState {
  selection: ReadonlySet<string>;
  phase(node: string): string;
  /** a picture to paint in a node; left out: none */
  picture?: PictureOf;
  /** the time of a node, while times are looked at; `kept`: the last run had it from the cache, or did not need it */
  heat?(node: string): { level: number; text: string; kept: boolean } | null;
}

/** The colours of the theme, read once per theme. */
export function readPalette(element: Element): Palette {
  const style = getComputedStyle(element);
  const read = (name: string): string => style.getPropertyValue(name).trim();
  return {
    surface: read("--raised"),
    line: read("--line-strong"),
    ink: read("--ink-2"),
    accent: read("--accent"),
    frame: read("--accent-soft"),
    link: read("--line-strong"),
    phases: { running: read("--run"), failed: read("--bad") },
    heat: Array.from({ length: LEVELS }, (_, at) => ({
      fill: read(`--heat-${at}`),
      ink: read(`--heat-ink-${at}`),
    })),
  };
}

export function paint(
  context: CanvasRenderingContext2D,
  size: { width: number; height: number; ratio: number },
  camera: Camera,
  scene: Scene,
  palette: Palette,
  state: PaintState,
): void {
  const { width, height, ratio } = size;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.setTransform(ratio * camera.zoom, 0, 0, ratio * camera.zoom, ratio * camera.x, ratio * camera.y);
  const seen: Rect = {
    x: -camera.x / camera.zoom,
    y: -camera.y / camera.zoom,
    width: width / camera.zoom,
    height: height / camera.zoom,
  };
  const line = 1 / camera.zoom;
  const visible = scene.nodes.filter((one) => overlaps(one.rect, seen));
  for (const node of visible)
    if (node.kind === "frame" || node.kind === "group") box(context, node, palette, state, line);
  links(context, scene, seen, palette, line);
  for (const node of visible) {
    if (node.kind === "note") note(context, node, palette, camera.zoom);
    else if (node.kind !== "frame" && node.kind !== "group") box(context, node, palette, state, line);
  }
  titles(context, visible, palette, camera.zoom, state);
}

function box(
  context: CanvasRenderingContext2D,
  node: SceneNode,
  palette: Palette,
  state: PaintState,
  line: number,
): void {
  const { x, y, width, height } = node.rect;
  const backdrop = node.kind === "frame" || node.kind === "group";
  const selected = state.selection.has(node.id);
  const phase = palette.phases[state.phase(node.id)];
  context.beginPath();
  context.roundRect(x, y, width, height, 12);
  context.fillStyle = backdrop ? palette.frame : palette.surface;
  context.fill();
  const heat = state.heat?.(node.id) ?? null;
  const hot = heat === null ? undefined : palette.heat[heat.level];
  if (hot !== undefined && heat?.kept === false) {
    context.globalAlpha = backdrop ? 0.14 : 1;
    context.fillStyle = hot.fill;
    context.fill();
    context.globalAlpha = 1;
  }
  context.lineWidth = line * (selected ? 2.5 : hot === undefined ? 1 : 2);
  context.strokeStyle = selected ? palette.accent : (hot?.fill ?? phase ?? palette.line);
  if (heat?.kept === true) context.setLineDash([6 * line, 4 * line]);
  context.stroke();
  context.setLineDash([]);
  const picture = node.kind === "card" ? (state.picture?.(node.id) ?? null) : null;
  const row = node.kind === "card" ? node.layout.rows.find((one) => one.kind === "picture") : undefined;
  if (picture !== null && row !== undefined) {
    const side = Math.min(row.height, width - 16);
    context.drawImage(picture, x + (width - side) / 2, y + row.y, side, side);
  }
}

/** A note's text, broken where its lines end. */
function note(
  context: CanvasRenderingContext2D,
  node: Extract<SceneNode, { kind: "note" }>,
  palette: Palette,
  zoom: number,
): void {
  if (15 * zoom < 4) return;
  const { x, y, width, height } = node.rect;
  context.font = "15px system-ui, sans-serif";
  context.fillStyle = palette.ink;
  context.textBaseline = "top";
  let line = "";
  let at = y + 12;
  for (const word of (node.note.text ?? "").split(/\s+/)) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line !== "" && context.measureText(longer).width > width - 24) {
      context.fillText(line, x + 12, at);
      line = word;
      at += 22;
      if (at > y + height) return;
    } else line = longer;
  }
  context.fillText(line, x + 12, at);
}

function links(
  context: CanvasRenderingContext2D,
  scene: Scene,
  seen: Rect,
  palette: Palette,
  line: number,
): void {
  context.beginPath();
  for (const edge of scene.edges) {
    const from = scene.byId.get(edge.source)?.rect;
    const to = scene.byId.get(edge.target)?.rect;
    if (from === undefined || to === undefined) continue;
    const inward = scene.byId.get(edge.source)?.kind === "frame" && !edge.sourceHandle.startsWith("out:");
    const outward =
      scene.byId.get(edge.target)?.kind === "frame" && /^(next|collect|until)/.test(edge.targetHandle);
    const x1 = inward ? from.x : from.x + from.width;
    const x2 = outward ? to.x + to.width : to.x;
    const y1 = from.y + Math.min(60, from.height / 2);
    const y2 = to.y + Math.min(60, to.height / 2);
    if (Math.max(x1, x2) < seen.x || Math.min(x1, x2) > seen.x + seen.width) continue;
    if (Math.max(y1, y2) < seen.y || Math.min(y1, y2) > seen.y + seen.height) continue;
    const bend = Math.max(40, Math.abs(x2 - x1) * 0.4);
    context.moveTo(x1, y1);
    context.bezierCurveTo(x1 + bend, y1, x2 - bend, y2, x2, y2);
  }
  context.strokeStyle = palette.link;
  context.lineWidth = line * 1.2;
  context.stroke();
}

const READABLE = 9; // pixels

function titles(
  context: CanvasRenderingContext2D,
  nodes: readonly SceneNode[],
  palette: Palette,
  zoom: number,
  state: PaintState,
): void {
  const size = Math.min(46, Math.max(18, 12 / zoom));
  if (size * zoom < READABLE) return;
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textBaseline = "top";
  for (const node of nodes) {
    if (!("body" in node)) continue;
    const heat = state.heat?.(node.id) ?? null;
    const filled = heat !== null && !heat.kept && node.kind !== "frame";
    context.fillStyle = filled ? (palette.heat[heat.level]?.ink ?? palette.ink) : palette.ink;
    const title = titleOf(node.id, node.look);
    const [left, top, width] = [node.rect.x + 16, node.rect.y + 14, node.rect.width - 32];
    const beside = heat !== null && node.kind === "frame"; // its nodes stand below the title
    context.fillText(beside ? `${title} · ${heat.text}` : title, left, top, width);
    if (heat !== null && !beside) context.fillText(heat.text, left, top + size * 1.25, width);
  }
}
