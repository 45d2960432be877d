/** Paint a whole scene with a few strokes: what is seen from far away. */
import { titleOf } from "../graph/document";
import { LEVELS } from "../run/heat";
import { centre, overlaps, type Rect } from "../view/geometry";
import { SIGNS, type Sign } from "./marks";
import { bendsOf, curvesOf } from "./routes";
import type { Scene, SceneEdge, SceneNode } from "./scene";

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
  marks: Record<Sign, string>;
  canvas: string;
}

/** Lines by which marks are told apart without colour, in pixels of the screen. */
const DASHES: Record<Sign, number[]> = { added: [], removed: [5, 4], changed: [10, 3, 2, 3], moved: [] };

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
    marks: {
      added: read("--diff-added"),
      removed: read("--diff-removed"),
      changed: read("--diff-changed"),
      moved: read("--line-strong"),
    },
    canvas: read("--canvas"),
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
  const gone = (one: SceneNode): number => Number(one.mark?.sign !== "removed");
  const visible = scene.nodes.filter((one) => overlaps(one.rect, seen)).sort((a, b) => gone(a) - gone(b));
  for (const node of visible)
    if (node.kind === "frame" || node.kind === "group") box(context, node, palette, state, line);
  const { link } = palette;
  paintLinks(context, scene, seen, (one) => one.mark === undefined, { colour: link, width: line * 1.2 });
  for (const mark of ["added", "removed"] as const) {
    if (!scene.edges.some((one) => one.mark === mark)) continue;
    const dash = DASHES[mark].map((one) => one * line);
    paintLinks(context, scene, seen, (one) => one.mark === mark, {
      colour: palette.marks[mark],
      width: line * 2.2,
      dash,
    });
  }
  for (const node of visible) {
    if (node.kind === "note") note(context, node, palette, camera.zoom);
    else if (node.kind === "reroute") dot(context, node.rect, palette, state.selection.has(node.id), line);
    else if (node.kind !== "frame" && node.kind !== "group") box(context, node, palette, state, line);
  }
  titles(context, visible, palette, camera.zoom, state);
  for (const node of visible) if (node.mark !== undefined) sign(context, node, node.mark.sign, palette, line);
}

/** The sign of a mark, at the corner, large enough to be read. */
function sign(
  context: CanvasRenderingContext2D,
  node: SceneNode,
  mark: Sign,
  palette: Palette,
  line: number,
): void {
  const { x, y } = node.rect;
  const radius = Math.max(13, 7 * line);
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = palette.marks[mark];
  context.fill();
  context.fillStyle = palette.canvas;
  context.font = `700 ${radius * 1.5}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(SIGNS[mark], x, y);
  context.textAlign = "start";
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
  const mark = node.mark?.sign;
  const bold = hot !== undefined || mark !== undefined;
  context.lineWidth = line * (selected ? 2.5 : bold ? 2 : 1);
  const plain = hot?.fill ?? phase ?? palette.line;
  context.strokeStyle = selected ? palette.accent : mark === undefined ? plain : palette.marks[mark];
  if (heat?.kept === true) context.setLineDash([6 * line, 4 * line]);
  if (mark !== undefined) context.setLineDash(DASHES[mark].map((one) => one * line));
  context.stroke();
  context.setLineDash([]);
  const picture = node.kind === "card" ? (state.picture?.(node.id) ?? null) : null;
  const row = node.kind === "card" ? node.layout.rows.find((one) => one.kind === "picture") : undefined;
  if (picture !== null && row !== undefined) {
    const side = Math.min(row.height, width - 16);
    context.drawImage(picture, x + (width - side) / 2, y + row.y, side, side);
  }
}

/** A point that links pass. */
function dot(
  context: CanvasRenderingContext2D,
  rect: Rect,
  palette: Palette,
  selected: boolean,
  line: number,
): void {
  const [x, y] = centre(rect);
  context.beginPath();
  context.arc(x, y, Math.max(4, line * 2.4), 0, 2 * Math.PI);
  context.fillStyle = selected ? palette.accent : palette.link;
  context.fill();
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

function paintLinks(
  context: CanvasRenderingContext2D,
  scene: Scene,
  seen: Rect,
  these: (edge: SceneEdge) => boolean,
  { colour, width, dash = [] }: { colour: string; width: number; dash?: number[] },
): void {
  const bends = bendsOf(scene);
  context.beginPath();
  for (const edge of scene.edges) {
    if (!these(edge)) continue;
    if (edge.through.length > 0) {
      const { start, curves } = curvesOf(scene, bends, edge);
      context.moveTo(...start);
      for (const [one, two, end] of curves) context.bezierCurveTo(...one, ...two, ...end);
      continue;
    }
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
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke();
  context.setLineDash([]);
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
