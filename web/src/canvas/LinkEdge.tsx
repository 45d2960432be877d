/** A link: a curve in the colour of what travels along it. One that leads back goes around, between the two cards. */
import {
  BaseEdge,
  type Edge,
  type EdgeProps,
  getBezierPath,
  getSmoothStepPath,
  type InternalNode,
  useStore,
} from "@xyflow/react";
import { memo } from "react";
import { shallow } from "zustand/shallow";
import { useNodeRun } from "../app/context";
import { SIGNS } from "./marks";
import { ROW } from "./measures";

export type LinkFlowEdge = Edge<
  { colour: string; title: string; mark?: "added" | "removed" | undefined },
  "link"
>;

/** How far from the cards it turns, and how far from each other those do that go the same way. */
const BEND = 7;
const BESIDE = 4;

export const LinkEdge = memo(function LinkEdge(props: EdgeProps<LinkFlowEdge>) {
  const { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, selected, data } = props;
  const back = targetX < sourceX;
  const way = useStore(
    (state) =>
      back ? around(state.nodeLookup.get(props.source), state.nodeLookup.get(props.target), targetY) : null,
    shallow,
  );
  const ends = { sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition };
  const [path, middleX, middleY] =
    way === null
      ? getBezierPath({ ...ends, curvature: 0.32 })
      : getSmoothStepPath({ ...ends, ...way, borderRadius: 14 });
  const running = useNodeRun(props.target).phase === "running";
  return (
    <g
      className="link"
      data-link={props.id}
      data-selected={selected}
      data-running={running}
      data-mark={data?.mark}
      style={{ color: data?.colour }}
    >
      <BaseEdge path={path} interactionWidth={18} className="link-path" />
      {data?.mark !== undefined && (
        <g className="link-mark" data-mark={data.mark} transform={`translate(${middleX} ${middleY})`}>
          <circle r="9" />
          <text y="5">{SIGNS[data.mark]}</text>
        </g>
      )}
    </g>
  );
});

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
