/** Moving and selecting: while the hand moves, only the view knows; when it lets go, one operation is made of it. */
import { type EdgeChange, type NodeChange, useStoreApi, type XYPosition } from "@xyflow/react";
import { type PointerEvent, type MouseEvent as ReactMouseEvent, useMemo, useRef } from "react";
import { useApp } from "../app/context";
import type { App } from "../app/services";
import type { Operation } from "../document/operations";
import { isAmong, pointsOf } from "../document/reroutes";
import type { WorkflowDocument } from "../graph/document";
import { centre, type Point, type Rect, union } from "../view/geometry";
import type { FlowNode } from "./flowNodes";
import { type LinkFlowEdge, linkIn } from "./LinkEdge";
import { unplaced } from "./laidOut";
import { GRID } from "./measures";
import { frameMoves } from "./membership";
import { positionOf, type Scene } from "./scene";
import { snapped } from "./snapping";

export function useDragging(scene: Scene) {
  const app = useApp();
  const flow = useStoreApi();
  const press = useRef<Point>([0, 0]);
  const ahead = useRef<Point>([0, 0]);
  return useMemo(() => {
    /**
     * React Flow counts from where the hand was when it noticed that it moves. When the page is busy, the first move that
     * it hears of is a long one: what was gone until then is `ahead` of its positions.
     */
    const begin = (event: MouseEvent | TouchEvent | ReactMouseEvent, nodes: FlowNode[]): void => {
      const now = "touches" in event ? event.touches[0] : event;
      const [, , zoom] = flow.getState().transform;
      if (now === undefined) return;
      ahead.current = [(now.clientX - press.current[0]) / zoom, (now.clientY - press.current[1]) / zoom];
      drag(app, scene, nodes, ahead.current);
    };
    return {
      onPointerDownCapture: ({ clientX, clientY }: PointerEvent) => {
        press.current = [clientX, clientY];
      },
      onNodesChange: (changes: NodeChange<FlowNode>[]) => {
        select(app, changes, "");
        drag(app, scene, changes.flatMap(moving), ahead.current);
      },
      onEdgesChange: (changes: EdgeChange<LinkFlowEdge>[]) =>
        select(
          app,
          changes.map((one) => ("id" in one ? { ...one, id: linkIn(one.id) } : one)),
          "edge:",
        ),
      onNodeDragStart: (event: MouseEvent | TouchEvent | ReactMouseEvent, _: FlowNode, nodes: FlowNode[]) =>
        begin(event, nodes),
      onSelectionDragStart: begin,
      onNodeDragStop: () => drop(app, scene),
      onSelectionDragStop: () => drop(app, scene),
    };
  }, [app, flow, scene]);
}

function select(
  app: App,
  changes: (NodeChange<FlowNode> | EdgeChange<LinkFlowEdge>)[],
  prefix: string,
): void {
  const chosen = changes.filter((one) => one.type === "select");
  if (chosen.length === 0) return;
  const selection = new Set(app.view.getState().selection);
  for (const { id, selected } of chosen) {
    if (selected) selection.add(prefix + id);
    else selection.delete(prefix + id);
  }
  app.view.setState({ selection });
}

interface Moving {
  id: string;
  position: XYPosition;
}

function moving(change: NodeChange<FlowNode>): Moving[] {
  if (change.type !== "position" || !change.dragging || change.position === undefined) return [];
  return [{ id: change.id, position: change.position }];
}

function drag(app: App, scene: Scene, moves: readonly Moving[], ahead: Point): void {
  const held = new Map<string, Point>();
  const led: Rect[] = [];
  let by: Point | null = null; // the first one stands on the grid, the others keep their distance from it
  for (const move of moves) {
    const rect = scene.byId.get(move.id)?.rect;
    if (rect === undefined) continue;
    by ??= [onGrid(move.position.x + ahead[0]) - rect.x, onGrid(move.position.y + ahead[1]) - rect.y];
    const to: Point = [rect.x + by[0], rect.y + by[1]];
    led.push({ ...rect, x: to[0], y: to[1] });
    moveBy(scene, held, move.id, to);
  }
  follow(scene, held);
  const whole = union(led);
  if (whole === null) return;
  const around = scene.nodes
    .filter((one) => !held.has(one.id) && one.kind !== "group")
    .map((one) => one.rect);
  const { dx, dy, guides } = snapped(whole, around);
  for (const [id, [x, y]] of held) held.set(id, [x + dx, y + dy]);
  app.view.setState({ drag: held, guides });
}

function onGrid(at: number): number {
  return Math.round(at / (GRID / 2)) * (GRID / 2);
}

/** A frame or a group takes along what is in it. */
export function moveBy(scene: Scene, held: Map<string, Point>, id: string, to: Point): void {
  const node = scene.byId.get(id);
  if (node === undefined) return;
  held.set(id, to);
  if (!("members" in node) || node.kind === "folded") return;
  const [dx, dy] = [to[0] - node.rect.x, to[1] - node.rect.y];
  for (const member of node.members) {
    const inner = scene.byId.get(member);
    if (inner !== undefined) held.set(member, [inner.rect.x + dx, inner.rect.y + dy]);
  }
}

/** Reroutes whose links have both ends among what is moved by one distance go along. */
export function follow(scene: Scene, held: Map<string, Point>): void {
  const by = (id: string): Point | null => {
    const [to, rect] = [held.get(id), scene.byId.get(id)?.rect];
    return to === undefined || rect === undefined ? null : [to[0] - rect.x, to[1] - rect.y];
  };
  for (const node of scene.nodes) {
    if (node.kind !== "reroute" || held.has(node.id)) continue;
    const ways = node.ends.map(by);
    const [first] = ways;
    if (first == null || !ways.every((one) => one?.[0] === first[0] && one[1] === first[1])) continue;
    held.set(node.id, [node.rect.x + first[0], node.rect.y + first[1]]);
  }
}

/** The operations that put things where they were moved to. */
export function placed(
  scene: Scene,
  document: WorkflowDocument,
  held: ReadonlyMap<string, Point>,
): { operations: Operation[]; positions: { [node: string]: Point } } {
  const positions: { [node: string]: Point } = {};
  const operations: Operation[] = [];
  for (const [id, [x, y]] of held) {
    const at: Point = [Math.round(x), Math.round(y)];
    const node = scene.byId.get(id);
    if (node?.kind === "note")
      operations.push({ op: "edit_note", note: node.note.id, body: { position: at } });
    else if (node?.kind === "reroute")
      operations.push(toPlace(node.reroute.id, centre({ ...node.rect, x, y })));
    else if (document.nodes[id] !== undefined) positions[id] = at;
    if (node?.kind !== "folded") continue;
    const inside = new Set([id, ...node.members]);
    for (const point of pointsOf(document)) {
      if (scene.byId.has(`reroute:${point.id}`) || !isAmong(point, (one) => inside.has(one))) continue;
      const [left, top] = point.position;
      operations.push(toPlace(point.id, [left + x - node.rect.x, top + y - node.rect.y]));
    }
    for (const member of node.members) {
      const [left, top] = positionOf(document, member); // out of sight, but they go along
      positions[member] = [Math.round(left + x - node.rect.x), Math.round(top + y - node.rect.y)];
    }
  }
  for (const id of Object.keys(positions).length > 0 ? unplaced(document) : []) {
    const rect = scene.byId.get(id)?.rect;
    if (positions[id] === undefined && rect !== undefined) positions[id] = [rect.x, rect.y];
  }
  if (Object.keys(positions).length > 0) operations.push({ op: "move", positions });
  return { operations, positions };
}

function toPlace(reroute: string, [x, y]: Point): Operation {
  return { op: "edit_reroute", reroute, position: [Math.round(x), Math.round(y)] };
}

/** Let go: one edit that moves everything; a node dropped into a loop becomes part of it, one dragged out leaves it. */
export function drop(app: App, scene: Scene): void {
  const { drag: held } = app.view.getState();
  if (held === null) return;
  const { document } = app.document;
  const { operations } = placed(scene, document, held);
  app.document.edit(...operations, ...frameMoves(scene, document, Object.fromEntries(held)));
  app.view.setState({ drag: null, guides: [] });
}
