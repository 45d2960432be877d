/** A loop folded into one card: what it reads, the widgets of its body, its steps. */
import type { Node, NodeProps } from "@xyflow/react";
import { memo, useMemo } from "react";
import { useApp, useDocument, useHeat } from "../app/context";
import { endType } from "../document/edits";
import { titleOf } from "../graph/document";
import { Inference } from "../graph/infer";
import type { Type } from "../graph/types";
import { Field, labelOf } from "../widgets/Field";
import { Badge } from "./Badge";
import { Formula } from "./Formula";
import { foldFrame } from "./fold";
import { heatData, heatLine } from "./HeatPill";
import { MarkLines, MarkSign } from "./MarkSign";
import { HEAD, ROW } from "./measures";
import { Socket } from "./Socket";
import { StepBar } from "./StepBar";
import type { SceneNode } from "./scene";

export type FoldedNode = Node<{ scene: Extract<SceneNode, { kind: "folded" }> }, "folded">;

export const FoldedFrame = memo(function FoldedFrame({ id, data, selected }: NodeProps<FoldedNode>) {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const { layout, look, members, mark } = data.scene;
  const heat = useHeat(id);
  const types = useMemo(() => {
    const inference = new Inference(document, app.registry);
    return (node: string, handle: string) => endType(document, app.registry, inference, { node, handle });
  }, [document, app.registry]);
  return (
    <article
      className="card folded"
      data-node={id}
      data-selected={selected}
      {...heatData(heat)}
      data-mark={mark?.sign}
      aria-label={`Loop ${titleOf(id, look)}, folded`}
    >
      {mark !== undefined && <MarkSign mark={mark} />}
      {mark !== undefined && <MarkLines values={mark.values.filter((one) => !one.link)} />}
      <header className="card-head" style={{ height: HEAD }}>
        <span className="card-names">
          <span className="card-title">{titleOf(id, look)}</span>
          <span className="card-type">{(heat && heatLine(heat)) || `a loop of ${members.length} nodes`}</span>
        </span>
        <Badge node={id} />
        <button
          type="button"
          className="frame-fold nodrag"
          aria-label={`Open ${titleOf(id, look)}`}
          title="Open the loop"
          onClick={() => foldFrame(app, id)}
        >
          <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
            <path d="M10 6l3.5-3.5M10 2.5h3.5V6M6 10l-3.5 3.5M2.5 10v3.5H6" />
          </svg>
        </button>
      </header>
      {layout.inputs.map((port) => (
        <FoldedPort
          key={port.id}
          node={id}
          port={port}
          end="input"
          type={port.id.startsWith("body:") ? types(port.node, `i:${port.input}`) : types(id, port.id)}
        />
      ))}
      {layout.outputs.map((port) => (
        <FoldedPort key={port.id} node={id} port={port} end="output" type={types(id, port.id)} />
      ))}
      {layout.fields.map((field) => (
        <div
          className="card-field"
          key={`${field.node}.${field.input.name}`}
          style={{ top: field.y, height: field.height }}
        >
          <fieldset className="still" disabled={app.looking}>
            <Field node={field.node} input={field.input} widget={field.widget} />
          </fieldset>
        </div>
      ))}
      {layout.formulas.map(({ text, y }) => (
        <p key={text} className="card-formula folded-formula" style={{ top: y, height: ROW }}>
          <Formula text={text} />
        </p>
      ))}
      <div className="folded-steps" style={{ top: layout.stepsAt }}>
        <StepBar frame={id} width={layout.width - 28} />
      </div>
    </article>
  );
});

interface PortProps {
  node: string;
  port: { id: string; label: string; y: number };
  end: "input" | "output";
  type: Type;
}

/** A socket of the folded card with its name, inputs on the left and outputs on the right. */
function FoldedPort({ node, port, end, type }: PortProps) {
  const side = end === "input" ? "left" : "right";
  return (
    <span>
      <span className={`socket-label ${side} folded-label`} style={{ top: port.y - ROW / 2, height: ROW }}>
        {labelOf(port.label)}
      </span>
      <Socket node={node} id={port.id} end={end} side={side} type={type} y={port.y} label={port.label} />
    </span>
  );
}
