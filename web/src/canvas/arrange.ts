/**
 * Arrange a graph from left to right: in layers, a loop's body inside its frame, each node near what it is linked to.
 * Pure. Sugiyama's method with known sizes: layers by the longest path, order by barycentres, heights by neighbours.
 */
import type { WorkflowDocument } from "../graph/document";
import { isFrame } from "../graph/document";
import { grown, overlaps, type Point, type Rect, union } from "../view/geometry";
import { frameRect } from "./frameLayout";
import { FRAME } from "./measures";
import { documentLinks, type Scene } from "./scene";

const GAP_X = 76;
const GAP_Y = 36;
const SWEEPS = 6;

interface Item {
  id: string;
  width: number;
  height: number;
  layer: number;
  y: number;
  before: Pull[];
  after: Pull[];
}

/** A link to another item; how far below the tops of the two its ends are. */
interface Pull {
  other: Item;
  own: number;
  theirs: number;
}

/** Where every node goes; the whole begins at (0, 0). */
export function arrange(document: WorkflowDocument, scene: Scene): Map<string, Point> {
  const links = documentLinks(document);
  const positions = new Map<string, Point>();
  place(document, scene, links, undefined, positions);
  return besideNotes(scene, positions);
}

/** The same places, moved as a whole so that no card lies on a note: to the right of a column of notes, else below. */
function besideNotes(scene: Scene, positions: Map<string, Point>): Map<string, Point> {
  const notes = scene.nodes.filter((one) => one.kind === "note").map((one) => one.rect);
  const cards = [...positions].map(([id, [x, y]]) => ({ ...sizeOf(scene, id), x, y }));
  const around = union(cards);
  const written = union(notes);
  if (around === null || written === null) return positions;
  const whole = grown(around, FRAME.head + FRAME.top); // a frame stands around what is in it
  if (!notes.some((note) => overlaps(note, whole))) return positions;
  const column = written.height > written.width;
  const right = column ? written.x + written.width + GAP_X - whole.x : 0;
  const down = column ? 0 : written.y + written.height + GAP_Y - whole.y;
  return new Map([...positions].map(([id, [x, y]]) => [id, [x + right, y + down]]));
}

function sizeOf(scene: Scene, id: string): { width: number; height: number } {
  return scene.byId.get(id)?.rect ?? { width: 0, height: 0 };
}

type Links = ReturnType<typeof documentLinks>;

/** Arrange what is directly in a frame (or in none), everything inside of that first. */
function place(
  document: WorkflowDocument,
  scene: Scene,
  links: Links,
  frame: string | undefined,
  positions: Map<string, Point>,
): void {
  const ids = Object.keys(document.nodes).filter((id) => {
    const home = document.nodes[id]?.in;
    return (home !== undefined && document.nodes[home] === undefined ? undefined : home) === frame;
  });
  const items = new Map<string, Item>();
  const home = new Map<string, string>();
  for (const id of ids) {
    const inside = membersIn(document, id);
    let size = scene.byId.get(id)?.rect ?? { width: 232, height: 120 };
    if (inside.length > 0 && scene.byId.get(id)?.kind === "frame") {
      place(document, scene, links, id, positions);
      size = frameRect(rectsOf(document, scene, id, positions), [0, 0]);
    }
    for (const one of [id, ...inside]) home.set(one, id);
    items.set(id, { id, width: size.width, height: size.height, layer: 0, y: 0, before: [], after: [] });
  }
  connectItems(scene, links, items, home, positions);
  const layers = toLayers([...items.values()]);
  order(layers);
  settle(layers);
  let x = 0;
  for (const layer of layers) {
    for (const item of layer) shift(document, scene, item.id, [x, item.y], positions);
    x += Math.max(...layer.map((one) => one.width)) + GAP_X;
  }
}

function membersIn(document: WorkflowDocument, frame: string): string[] {
  const direct = Object.keys(document.nodes).filter((id) => document.nodes[id]?.in === frame && id !== frame);
  return direct.flatMap((id) => [id, ...membersIn(document, id)]);
}

function rectsOf(
  document: WorkflowDocument,
  scene: Scene,
  frame: string,
  positions: Map<string, Point>,
): Rect[] {
  return Object.keys(document.nodes)
    .filter((id) => document.nodes[id]?.in === frame)
    .map((id) => {
      const [x, y] = positions.get(id) ?? [0, 0];
      const inner = isFrame(document.nodes[id]) ? rectsOf(document, scene, id, positions) : [];
      const size = inner.length > 0 ? frameRect(inner, [x, y]) : scene.byId.get(id)?.rect;
      return { x, y, width: size?.width ?? 232, height: size?.height ?? 120 };
    });
}

function connectItems(
  scene: Scene,
  links: Links,
  items: ReadonlyMap<string, Item>,
  home: ReadonlyMap<string, string>,
  positions: ReadonlyMap<string, Point>,
): void {
  for (const link of links) {
    if (link.slot.kind === "next" || link.slot.kind === "collect" || link.slot.kind === "until") continue;
    const from = items.get(home.get(link.source.node) ?? "");
    const to = items.get(home.get(link.node) ?? "");
    if (from === undefined || to === undefined || from === to) continue;
    const own = portY(scene, link.source.node, from.id, "right", positions);
    const theirs = portY(scene, link.node, to.id, "left", positions, link.slot.name);
    from.after.push({ other: to, own, theirs });
    to.before.push({ other: from, own: theirs, theirs: own });
  }
}

/** How far below the top of an item a socket is; of a node inside a frame, by where it stands there. */
function portY(
  scene: Scene,
  node: string,
  item: string,
  side: "left" | "right",
  positions: ReadonlyMap<string, Point>,
  name?: string,
): number {
  const ports = scene.byId.get(node)?.handles ?? [];
  const port =
    ports.find((one) => name !== undefined && one.id.endsWith(`:${name}`)) ??
    ports.find((one) => one.side === side);
  const y = port?.y ?? 20;
  if (node === item) return y;
  return y + (positions.get(node)?.[1] ?? 0) + FRAME.head + FRAME.top;
}

/** Layers by the longest path from the left; then each item as far right as its readers allow. */
function toLayers(items: readonly Item[]): Item[][] {
  const state = new Map<Item, "open" | "done">();
  const visit = (item: Item): number => {
    if (state.get(item) === "done") return item.layer;
    if (state.get(item) === "open") return 0; // a circle: some layer will do
    state.set(item, "open");
    item.layer = Math.max(0, ...item.before.map((one) => visit(one.other) + 1));
    state.set(item, "done");
    return item.layer;
  };
  for (const item of items) visit(item);
  for (const item of [...items].sort((a, b) => b.layer - a.layer)) {
    if (item.after.length === 0) continue;
    item.layer = Math.max(item.layer, Math.min(...item.after.map((one) => one.other.layer)) - 1);
  }
  const layers: Item[][] = [];
  for (const item of items) {
    const layer = layers[item.layer] ?? [];
    layer.push(item);
    layers[item.layer] = layer;
  }
  return Array.from(layers, (layer) => layer ?? []).filter((layer) => layer.length > 0);
}

function order(layers: Item[][]): void {
  const places = new Map<Item, number>();
  const remember = (layer: Item[]): void => {
    for (const [at, item] of layer.entries()) places.set(item, at / layer.length);
  };
  for (const layer of layers) remember(layer);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rightward = sweep % 2 === 0;
    for (const layer of rightward ? layers : layers.toReversed()) {
      const weight = new Map(
        layer.map((item) => {
          const near = rightward ? item.before : item.after;
          const sum = near.reduce((total, one) => total + (places.get(one.other) ?? 0) + one.theirs / 1e5, 0);
          return [item, near.length === 0 ? (places.get(item) ?? 0) : sum / near.length] as const;
        }),
      );
      layer.sort((a, b) => (weight.get(a) ?? 0) - (weight.get(b) ?? 0));
      remember(layer);
    }
  }
}

/** Heights: each item where its links are straight, as far as those above and below it let it. */
function settle(layers: Item[][]): void {
  for (const layer of layers) stack(layer, () => null);
  for (let sweep = 0; sweep < SWEEPS; sweep += 1) {
    const rightward = sweep % 2 === 0;
    for (const layer of rightward ? layers : layers.toReversed()) {
      stack(layer, (item) => {
        const near = rightward ? item.before : item.after;
        const all = near.length > 0 ? near : rightward ? item.after : item.before;
        if (all.length === 0) return null;
        return all.reduce((sum, one) => sum + one.other.y + one.theirs - one.own, 0) / all.length;
      });
    }
  }
  const top = Math.min(...layers.flat().map((one) => one.y));
  for (const item of layers.flat()) item.y = Math.round((item.y - top) / 10) * 10;
}

function stack(layer: Item[], wanted: (item: Item) => number | null): void {
  const wishes = layer.map((item) => wanted(item) ?? item.y);
  let floor = Number.NEGATIVE_INFINITY;
  layer.forEach((item, at) => {
    item.y = Math.max(floor, wishes[at] ?? 0);
    floor = item.y + item.height + GAP_Y;
  });
  const off =
    layer.reduce((sum, item, at) => sum + (wishes[at] ?? 0) - item.y, 0) / Math.max(1, layer.length);
  for (const item of layer) item.y += off;
}

/** Move an item to its place: a frame with everything in it. */
function shift(
  document: WorkflowDocument,
  scene: Scene,
  id: string,
  to: Point,
  positions: Map<string, Point>,
): void {
  const inside = membersIn(document, id).filter((one) => positions.has(one));
  if (inside.length > 0) {
    const rect = frameRect(rectsOf(document, scene, id, positions), [0, 0]);
    for (const one of inside) {
      const [x, y] = positions.get(one) ?? [0, 0];
      positions.set(one, [Math.round(x + to[0] - rect.x), Math.round(y + to[1] - rect.y)]);
    }
  }
  positions.set(id, [Math.round(to[0]), Math.round(to[1])]);
}
