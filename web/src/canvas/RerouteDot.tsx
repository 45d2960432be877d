/** A point that links are led through: a dot in their colour, and beside it a socket from which a branch is drawn. */
import { Handle, type Node, type NodeProps, Position } from "@xyflow/react";
import { memo, useMemo } from "react";
import { useApp, useDocument } from "../app/context";
import { Inference } from "../graph/infer";
import { typeText } from "../graph/types";
import type { SceneNode } from "./scene";
import { socketLook } from "./sockets";
import "./reroute.css";

export type RerouteNode = Node<{ scene: Extract<SceneNode, { kind: "reroute" }> }, "reroute">;

/** The socket for a branch; links that are drawn from it begin at the output. */
export const BRANCH = "branch";

export const RerouteDot = memo(function RerouteDot({ id, data, selected }: NodeProps<RerouteNode>) {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const { reroute, link } = data.scene;
  const type = useMemo(
    () => new Inference(document, app.registry).output(link.source, link.node),
    [document, app.registry, link],
  );
  return (
    <div
      className="reroute"
      data-reroute={reroute.id}
      data-links={reroute.links.length}
      data-selected={selected}
      style={{ color: socketLook(type).colour }}
      title={`${typeText(type)}: drag to move it, from the ring beside it for a branch`}
    >
      <span className="reroute-dot" />
      <Handle id="in" type="target" position={Position.Left} className="reroute-end" isConnectable={false} />
      <Handle
        id="out"
        type="source"
        position={Position.Right}
        className="reroute-end"
        isConnectable={false}
      />
      <Handle
        id={BRANCH}
        type="source"
        position={Position.Right}
        className="reroute-branch"
        role="img"
        aria-label={`a branch from ${id.slice("reroute:".length)}`}
        title="Draw a branch from here"
      />
    </div>
  );
});
