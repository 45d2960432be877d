/** A link: a curve in the colour of what travels along it. One that leads back goes around, between the two cards. */
import {
  BaseEdge,
  type Edge,
  type EdgeProps,
  getBezierPath,
  getSmoothStepPath,
  type InternalNode,
  Position,
  useStore,
} from "@xyflow/react";
import { memo } from "react";
import { shallow } from "zustand/shallow";
import { useNodeRun } from "../app/context";
import type { Point } from "../view/geometry";
import { SIGNS } from "./marks";
import { ROW } from "./measures";
import { curve, middleOf } from "./routes";

export interface LinkData extends Record<string, unknown> {
  colour: string;
  title: string;
  /** the link in the scene that this is a part of, and which: 0 from its source to its first reroute */
  link: string;
  part: number;
  /** the node that reads it */
  reads: string;
  mark?: "added" | "removed" | undefined;
  /** its sign stands on this part */
  signed: boolean;
  /** how it leaves the reroute that this part begins at, and comes to the one that it ends at */
  from?: Point | undefined;
  to?: Point | undefined;
}
export type LinkFlowEdge = Edge<LinkData, "link">;

/** The link that an edge is a part of. */
export function linkIn(edge: string): string {
  return edge.replace(/~\d+$/, "");
}

/** How far from the cards it turns, and how far from each other those do that go the same way. */
const BEND = 7;
const BESIDE = 4;

export const LinkEdge = memo(function LinkEdge(props: EdgeProps<LinkFlowEdge>) {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected, data } = props;
  const led = data?.from !== undefined || data?.to !== undefined;
  const back = targetX < sourceX && !led;
  const way = useStore(
    (state) =>
      back ? around(state.nodeLookup.get(props.source), state.nodeLookup.get(props.target), targetY) : null,
    shallow,
  );
  const ends = { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition };
  const [path, middleX, middleY] = led
    ? ledPath(props)
    : way === null
      ? getBezierPath({ ...ends, curvature: 0.32 })
      : getSmoothStepPath({ ...ends, ...way, borderRadius: 14 });
  const running = useNodeRun(data?.reads ?? props.target).phase === "running";
  return (
    <g
      className="link"
      data-link={data?.link ?? props.id}
      data-part={data?.part}
      data-selected={selected}
      data-running={running}
      data-mark={data?.mark}
      style={{ color: data?.colour }}
    >
      <BaseEdge path={path} interactionWidth={18} className="link-path" />
      {data?.mark !== undefined && data.signed && (
        <g className="link-mark" data-mark={data.mark} transform={`translate(${middleX} ${middleY})`}>
          <circle r="9" />
          <text y="5">{SIGNS[data.mark]}</text>
        </g>
      )}
    </g>
  );
});

/** Between two stops of a link that is led through reroutes. */
function ledPath({
  sourceX,
  sourceY,
  targetX,
  targetY,
  ...more
}: EdgeProps<LinkFlowEdge>): [string, number, number] {
  const out: Point = [more.sourcePosition === Position.Left ? -1 : 1, 0];
  const inward: Point = [more.targetPosition === Position.Right ? -1 : 1, 0];
  const start: Point = [sourceX, sourceY];
  const way = curve(
    { at: start, towards: more.data?.from ?? out },
    { at: [targetX, targetY], towards: more.data?.to ?? inward },
  );
  return [`M${start.join(" ")}C${way.map((one) => one.join(" ")).join(" ")}`, ...middleOf(start, way)];
}

/** Through the gap between two cards of which one stands above the other; null where there is none. */
function around(
  source: InternalNode | undefined,
  target: InternalNode | undefined,
  y: number,
): { centerY: number; offset: number } | null {
  if (source === undefined || target === undefined) return null;
  const [upper, lower] = source.position.y < target.position.y ? [source, target] : [target, source];
  const top = upper.position.y + (upper.height ?? 0);
  const bottom = lower.position.y;
  if (top > bottom) return null;
  const lane = Math.round((y - target.position.y) / ROW) % 3;
  return { centerY: (top + bottom) / 2 + (lane - 1) * BESIDE, offset: BEND + lane * BESIDE };
}
