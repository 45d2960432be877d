/** A loop, drawn so that it reads as one: state enters at the left edge, leaves at the right, and comes back below. */
import type { Node, NodeProps } from "@xyflow/react";
import { memo, useMemo } from "react";
import { useApp, useDocument, useHeat } from "../app/context";
import { endType } from "../document/edits";
import { asLink, titleOf } from "../graph/document";
import { Inference } from "../graph/infer";
import { labelOf } from "../widgets/Field";
import { Badge } from "./Badge";
import { foldFrame } from "./fold";
import { type FramePort, railPath } from "./frameLayout";
import { heatData, heatLine } from "./HeatPill";
import { MarkLines, MarkSign } from "./MarkSign";
import { FRAME } from "./measures";
import { Socket } from "./Socket";
import { StepBar } from "./StepBar";
import type { SceneNode } from "./scene";
import { socketLook } from "./sockets";

export type FrameNode = Node<{ scene: Extract<SceneNode, { kind: "frame" }> }, "frame">;
const { port: PORT } = FRAME;
const INSET = 70;

export const LoopFrame = memo(function LoopFrame({
  id,
  data,
  selected,
  width = 0,
  height = 0,
}: NodeProps<FrameNode>) {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const { layout, body, look, members, mark } = data.scene;
  const types = useMemo(() => {
    const inference = new Inference(document, app.registry);
    return (handle: string) => endType(document, app.registry, inference, { node: id, handle });
  }, [document, app.registry, id]);
  const heat = useHeat(id);
  const over = asLink(body.inputs?.over);
  return (
    <section
      className="frame"
      data-node={id}
      data-selected={selected}
      {...heatData(heat)}
      data-mark={mark?.sign}
      aria-label={`Loop ${titleOf(id, look)}`}
    >
      {mark !== undefined && <MarkSign mark={mark} />}
      {mark !== undefined && <MarkLines values={mark.values.filter((one) => !one.link)} />}
      <header className="frame-head" style={{ height: FRAME.head }}>
        <svg className="frame-sign" viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M4 11a6 6 0 0 1 10.5-4L16.5 9M16 9a6 6 0 0 1-10.5 4L3.5 11" />
          <path d="M16.7 4.8V9h-4.2M3.3 15.2V11h4.2" />
        </svg>
        <span className="card-title">{titleOf(id, look)}</span>
        <span className="card-type">
          {(heat && heatLine(heat)) || (over === null ? "a loop" : `once per step of ${over.node}`)}
        </span>
        <span className="spacer" />
        <Badge node={id} />
        <button
          type="button"
          className="frame-fold nodrag"
          title="Fold into one node"
          aria-label={`Fold ${titleOf(id, look)} into one node`}
          onClick={() => foldFrame(app, id)}
        >
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <path d="M9.5 6.5 13.5 2.5M9.5 3v3.5H13M6.5 9.5 2.5 13.5M6.5 13V9.5H3" />
          </svg>
        </button>
      </header>
      <svg className="frame-rails" width={width} height={height} aria-hidden="true">
        <defs>
          <marker
            id={`back-${id}`}
            viewBox="0 0 8 8"
            refX="5"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M1 1 6 4 1 7" className="frame-rail-arrow" />
          </marker>
        </defs>
        {layout.carried.map((name, lane) => {
          const y = layout.ports.find((one) => one.name === name)?.y ?? PORT.top;
          const path = railPath(width, height, y, lane);
          const { colour } = socketLook(types(`in:${name}`));
          return (
            <g key={name} style={{ color: colour }}>
              <path d={path} className="frame-rail" />
              <path d={path} className="frame-rail-flow" markerEnd={`url(#back-${id})`} />
            </g>
          );
        })}
      </svg>
      {layout.ports.map((port) => (
        <PortView key={`${port.side}:${port.name}`} node={id} port={port} width={width} typeOf={types} />
      ))}
      {members.length === 0 && <p className="frame-empty">Drop nodes here: they run once per step</p>}
      <div className="frame-foot" style={{ left: INSET, bottom: 40 }}>
        <StepBar frame={id} width={Math.max(120, width - 2 * INSET)} />
      </div>
    </section>
  );
});

interface PortProps {
  node: string;
  port: FramePort;
  width: number;
  typeOf: (handle: string) => ReturnType<typeof endType>;
}

function PortView({ node, port, width, typeOf }: PortProps) {
  const left = port.side === "left";
  const type = typeOf(port.inner ?? port.outer ?? "");
  const { colour } = socketLook(type);
  const x = left ? 0 : width - PORT.width;
  const rim = left ? 0 : width;
  const inner = left ? PORT.width : width - PORT.width;
  return (
    <>
      <div
        className="frame-port"
        data-side={port.side}
        style={{
          left: x,
          top: port.y - PORT.height / 2,
          width: PORT.width,
          height: PORT.height,
          borderColor: colour,
        }}
      >
        {labelOf(port.label)}
      </div>
      {port.outer !== null && (
        <Socket
          node={node}
          id={port.outer}
          end={left ? "input" : "output"}
          side={port.side}
          type={port.outer === "i:over" ? typeOf("i:over") : type}
          y={port.y}
          x={rim}
          label={port.label}
        />
      )}
      {port.inner !== null && (
        <Socket
          node={node}
          id={port.inner}
          end={left ? "output" : "input"}
          side={left ? "right" : "left"}
          type={type}
          y={port.y}
          x={inner}
          label={left ? `${port.label} of this step` : `${port.label} for the next step`}
        />
      )}
    </>
  );
}
