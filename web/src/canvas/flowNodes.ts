/** The scene as React Flow's nodes and edges. What has not changed stays the same object, so that nothing renders twice. */
import { type Node, type NodeHandle, Position } from "@xyflow/react";
import { nodeIn } from "../document/reroutes";
import type { WorkflowDocument } from "../graph/document";
import { titleOf } from "../graph/document";
import { Inference } from "../graph/infer";
import type { Registry } from "../graph/registry";
import { typeText } from "../graph/types";
import type { FoldedNode } from "./FoldedFrame";
import type { LinkFlowEdge } from "./LinkEdge";
import type { FrameNode } from "./LoopFrame";
import { markText } from "./marks";
import { FRAME } from "./measures";
import type { CardNode } from "./NodeCard";
import type { GroupNode, NoteNode } from "./NoteCard";
import { BRANCH, type RerouteNode } from "./RerouteDot";
import type { Bend } from "./routes";
import { REROUTE_SIZE, type Scene, type SceneNode } from "./scene";
import { socketLook } from "./sockets";

export type FlowNode = CardNode | FrameNode | FoldedNode | NoteNode | GroupNode | RerouteNode;

const SIZE = 14;

export class FlowNodes {
  private known = new Map<string, { scene: SceneNode; selected: boolean; node: FlowNode }>();

  of(scene: Scene, selection: ReadonlySet<string>): FlowNode[] {
    const known = new Map<string, { scene: SceneNode; selected: boolean; node: FlowNode }>();
    const nodes = scene.nodes.map((one) => {
      const selected = selection.has(one.id);
      const was = this.known.get(one.id);
      const node =
        was !== undefined && was.selected === selected && sameNode(was.scene, one)
          ? was.node
          : flowNode(one, selected, was?.node);
      known.set(one.id, { scene: one, selected, node });
      return node;
    });
    this.known = known;
    return nodes;
  }
}

function sameNode(a: SceneNode, b: SceneNode): boolean {
  if (a === b) return true;
  const { rect: p } = a;
  const { rect: q } = b;
  return p.x === q.x && p.y === q.y && p.width === q.width && p.height === q.height && sameContent(a, b);
}

/** The same things to draw, wherever they stand. */
function sameContent(a: SceneNode, b: SceneNode): boolean {
  if (a.mark !== b.mark) return false;
  if (a.kind === "card" && b.kind === "card")
    return a.body === b.body && a.look === b.look && a.layout === b.layout;
  if (a.kind === "note" && b.kind === "note") return a.note === b.note;
  if (a.kind === "reroute" && b.kind === "reroute")
    return a.reroute === b.reroute && a.ends.join() === b.ends.join();
  if (a.kind === "group" && b.kind === "group") return a.group === b.group;
  if (a.kind === "frame" && b.kind === "frame") {
    return a.body === b.body && a.look === b.look && a.members.join() === b.members.join();
  }
  return false;
}

function flowNode(scene: SceneNode, selected: boolean, was: FlowNode | undefined): FlowNode {
  const { id, rect, kind } = scene;
  const data =
    was !== undefined && was.type === kind && sameContent(was.data.scene, scene) ? was.data : { scene };
  const backdrop = kind === "frame" || kind === "group";
  const node: Node = {
    id,
    type: kind,
    position: { x: rect.x, y: rect.y },
    width: rect.width,
    height: rect.height,
    handles: handlesOf(scene),
    data,
    selected,
    ariaRole: "group",
    ariaLabel: nameOf(scene),
    domAttributes: selected ? HERE : ELSEWHERE,
    zIndex: levelOf(scene),
    ...(backdrop
      ? { style: { pointerEvents: "none" }, dragHandle: kind === "frame" ? ".frame-head" : ".group-head" }
      : {}),
  };
  return node as FlowNode;
}

/** Backdrops lie below, and what is there no more below what is. */
function levelOf({ kind, depth, mark }: SceneNode): number {
  if (kind === "frame") return -20 + depth;
  if (kind === "group") return -40;
  if (kind === "reroute") return 1;
  return kind === "note" ? -10 : mark?.sign === "removed" ? -5 : 0;
}

/** The keyboard stops at the node that is selected. */
const HERE = { tabIndex: 0 };
const ELSEWHERE = { tabIndex: -1 };

function nameOf(scene: SceneNode): string {
  if (scene.kind === "note") return "Note";
  if (scene.kind === "reroute") return `Reroute of ${titleOf(nodeIn(scene.reroute.source))}`;
  if (scene.kind === "group") return `Group ${scene.group.title ?? ""}`;
  const title = titleOf(scene.id, scene.look);
  return scene.mark === undefined ? title : `${title}, ${markText(scene.mark)}`;
}

/** Links come to a point in its middle, and leave it there; branches are drawn from beside it. */
const MIDDLE: NodeHandle[] = [
  ...(["target", "source"] as const).map((type) => ({
    id: type === "target" ? "in" : "out",
    type,
    position: type === "target" ? Position.Left : Position.Right,
    x: REROUTE_SIZE / 2,
    y: REROUTE_SIZE / 2,
    width: 0,
    height: 0,
  })),
  { id: BRANCH, type: "source", position: Position.Right, x: 21, y: 4, width: 12, height: 12 },
];

function handlesOf(scene: SceneNode): NodeHandle[] {
  const { width } = scene.rect;
  if (scene.kind === "reroute") return MIDDLE;
  return scene.handles.map(({ id, side, y }) => {
    let x = side === "left" ? 0 : width;
    let type: "source" | "target" = side === "left" ? "target" : "source";
    if (scene.kind === "frame") {
      const inner = /^(item|in:|next:|collect:|until)/.test(id);
      const atLeft = inner ? side === "right" : side === "left";
      x = atLeft ? (inner ? FRAME.port.width : 0) : inner ? width - FRAME.port.width : width;
      type = atLeft === inner ? "source" : "target";
    }
    return {
      id,
      type,
      position: side === "left" ? Position.Left : Position.Right,
      x: x - SIZE / 2,
      y: y - SIZE / 2,
      width: SIZE,
      height: SIZE,
    };
  });
}

/** A link is drawn in parts, from point to point: what is out of sight of it costs nothing. Its parts end in `~0`, `~1`, … */
export class FlowEdges {
  private known = new Map<string, LinkFlowEdge>();

  of(
    scene: Scene,
    document: WorkflowDocument,
    registry: Registry,
    selection: ReadonlySet<string>,
  ): LinkFlowEdge[] {
    const inference = new Inference(document, registry);
    const known = new Map<string, LinkFlowEdge>();
    const edges: LinkFlowEdge[] = [];
    for (const edge of scene.edges) {
      const type = inference.output(edge.link.source, edge.link.node);
      const { colour } = socketLook(type);
      const selected = selection.has(`edge:${edge.id}`);
      const title = `${titleOf(edge.link.source.node)} → ${titleOf(edge.link.node)}: ${typeText(type)}`;
      const stops = [edge.source, ...edge.through, edge.target];
      for (let part = 0; part + 1 < stops.length; part += 1) {
        const id = part === 0 ? edge.id : `${edge.id}~${part}`;
        const source = stops[part] as string;
        const target = stops[part + 1] as string;
        const sourceHandle = part === 0 ? edge.sourceHandle : "out";
        const targetHandle = part + 2 < stops.length ? "in" : edge.targetHandle;
        const was = this.known.get(id);
        const same =
          was?.source === source &&
          was.target === target &&
          was.sourceHandle === sourceHandle &&
          was.targetHandle === targetHandle &&
          was.selected === selected &&
          was.data?.colour === colour &&
          was.data.title === title &&
          was.data.mark === edge.mark;
        const signed = part === Math.floor((stops.length - 2) / 2);
        const data = { colour, title, link: edge.id, part, reads: edge.target, mark: edge.mark, signed };
        const made: LinkFlowEdge =
          same && was !== undefined
            ? was
            : {
                id,
                type: "link",
                source,
                target,
                sourceHandle,
                targetHandle,
                selected,
                data,
                ariaLabel: edge.mark === undefined ? title : `${title}, ${edge.mark}`,
              };
        known.set(id, made);
        edges.push(made);
      }
    }
    this.known = known;
    return edges;
  }
}

/** The same edges, with the directions of links at their points. */
export function bent(edges: LinkFlowEdge[], bends: ReadonlyMap<string, Bend>): LinkFlowEdge[] {
  if (bends.size === 0) return edges;
  return edges.map((edge) => {
    const from = bends.get(edge.source)?.towards;
    const to = bends.get(edge.target)?.towards;
    return (from === undefined && to === undefined) || edge.data === undefined
      ? edge
      : { ...edge, data: { ...edge.data, from, to } };
  });
}
