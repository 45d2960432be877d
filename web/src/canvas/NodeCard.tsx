/** A node: title, formula, sockets, widgets, picture — each where `cardLayout` says. */
import { type Node, type NodeProps, useStore } from "@xyflow/react";
import { memo } from "react";
import { useApp, useDocument, useHeat, useNodeRun, usePicture, usePlan } from "../app/context";
import { linksIn, type NodeBody, titleOf, typeName } from "../graph/document";
import { UNKNOWN } from "../graph/types";
import { Field, labelOf } from "../widgets/Field";
import { Badge } from "./Badge";
import type { Row } from "./cardLayout";
import { Failure } from "./Failure";
import { Formula } from "./Formula";
import { heatData, heatLine } from "./HeatPill";
import { InputPicture } from "./InputPicture";
import { ChangedField, MarkLines, MarkSign } from "./MarkSign";
import type { Mark, MarkedValue } from "./marks";
import { HEAD } from "./measures";
import type { SocketProblem } from "./problems";
import { Socket } from "./Socket";
import type { SceneNode } from "./scene";
import { useProblem } from "./useProblem";

/** Letters of a formula that stand on one line. */
const LONG = 32;

export type CardNode = Node<{ scene: Extract<SceneNode, { kind: "card" }> }, "card">;

export const NodeCard = memo(function NodeCard({ id, data, selected }: NodeProps<CardNode>) {
  const app = useApp();
  const { body, look, layout, mark } = data.scene;
  const spec = app.registry.find(body.type);
  const mode = typeof body.mode === "string" ? body.mode : body.mode === undefined ? "normal" : "frozen";
  const problem = useProblem(id);
  const phase = useNodeRun(id).phase;
  const heat = useHeat(id);
  return (
    <article
      className="card"
      data-node={id}
      data-type={typeName(body.type)}
      data-selected={selected}
      data-mode={mode}
      data-phase={phase}
      data-unknown={spec === undefined}
      data-wrong={problem !== null}
      {...heatData(heat)}
      data-mark={mark?.sign}
      aria-label={`${titleOf(id, look)}, ${typeName(body.type)}`}
    >
      {mark !== undefined && <MarkSign mark={mark} />}
      <header
        className="card-head"
        style={{ height: HEAD }}
        title={spec === undefined ? "This server does not know this type" : `${spec.name}: ${spec.title}`}
      >
        <span className="card-names">
          <span className="card-title">{titleOf(id, look)}</span>
          <span className="card-type">{(heat && heatLine(heat)) || (spec?.label ?? body.type)}</span>
        </span>
        {mode === "normal" ? (
          <Badge node={id} />
        ) : (
          <span className="badge" data-status="mode">
            {mode}
          </span>
        )}
      </header>
      <Progress node={id} />
      {layout.rows.map((row) => (
        <RowView key={keyOf(row)} node={id} body={body} row={row} problem={problem} mark={mark} />
      ))}
      {mark !== undefined && <MarkLines values={withoutRow(mark, layout.rows)} />}
      {layout.rows.length === 0 && <FoldedSockets scene={data.scene} />}
      <Failure node={id} />
      {problem?.input === null && (
        <p className="card-problem" role="alert">
          {problem.message}
        </p>
      )}
    </article>
  );
});

interface RowProps {
  node: string;
  body: NodeBody;
  row: Row;
  problem: SocketProblem | null;
  mark: Mark | undefined;
}

/** The changed values that no row of the card shows. */
function withoutRow(mark: Mark, rows: readonly Row[]): MarkedValue[] {
  const shown = new Set<string>();
  for (const row of rows) {
    if (row.kind === "field") shown.add(row.input.name);
    else if (row.kind === "sockets" && row.input !== null) shown.add(row.input.name);
  }
  return mark.values.filter((one) => !shown.has(one.name));
}

function RowView({ node, body, row, problem, mark }: RowProps) {
  const app = useApp();
  const style = { top: row.y, height: row.height };
  switch (row.kind) {
    case "formula":
      return (
        <p className="card-formula" style={style} title={row.text} data-long={row.text.length > LONG}>
          <Formula text={row.text} />
        </p>
      );
    case "more":
      return (
        <button
          type="button"
          className="card-more nodrag"
          style={style}
          aria-expanded={row.open}
          onClick={() =>
            app.document.edit({ op: "set_look", node, key: "more", value: row.open ? null : true })
          }
        >
          {row.open ? "fewer" : `${row.count} more`}
        </button>
      );
    case "picture":
      return <CardPicture node={node} row={row} />;
    case "field": {
      const wrong = problem?.input === row.input.name;
      const y = row.y + Math.min(row.height, 30) / 2;
      const changed = mark?.values.find((one) => one.name === row.input.name);
      return (
        <>
          <div className="card-field" style={style} data-wrong={wrong} data-input={row.input.name}>
            {changed !== undefined ? (
              <ChangedField value={changed} />
            ) : row.linked ? (
              <span className="socket-label left">{labelOf(row.input.name)}</span>
            ) : app.looking ? (
              <fieldset className="still" disabled>
                <Field node={node} input={row.input} widget={row.widget} />
              </fieldset>
            ) : (
              <Field node={node} input={row.input} widget={row.widget} />
            )}
            {wrong && (
              <span className="field-problem" role="alert">
                {problem?.message}
              </span>
            )}
          </div>
          <Socket
            node={node}
            id={`i:${row.input.name}`}
            end="input"
            side="left"
            type={row.input.type}
            y={y}
            label={row.input.name}
            optional={!row.linked}
          />
        </>
      );
    }
    case "sockets": {
      const y = row.y + row.height / 2;
      const { input, output } = row;
      const spare = input !== null && !input.required && linksIn(body.inputs?.[input.name]).length === 0;
      return (
        <>
          <div className="card-sockets" style={style} data-input={input?.name} data-spare={spare}>
            <span
              className="socket-label left"
              data-required={input?.required}
              data-changed={mark?.values.some((one) => one.name === input?.name)}
              data-wrong={problem !== null && problem.input === input?.name}
            >
              {input === null ? "" : labelOf(input.name)}
            </span>
            <span className="socket-label right">
              {output === null ? "" : outputLabel(output.name, output.typeText)}
            </span>
          </div>
          {input !== null && (
            <Socket
              node={node}
              id={`i:${input.name}`}
              end="input"
              side="left"
              type={input.type}
              y={y}
              label={input.name}
            />
          )}
          {output !== null && (
            <Socket
              node={node}
              id={`o:${output.name}`}
              end="output"
              side="right"
              type={output.type}
              y={y}
              label={output.name}
            />
          )}
        </>
      );
    }
  }
}

/** An only output is called `out`: its type says more. */
function outputLabel(name: string, type: string): string {
  if (name !== "out") return labelOf(name);
  const item = /^(?:list|tuple)\[(\w+)/.exec(type)?.[1];
  if (item !== undefined) return `${item.toLowerCase()}s`;
  return /^\w{2,}$/.test(type) ? type.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase() : "out";
}

function FoldedSockets({ scene }: { scene: Extract<SceneNode, { kind: "card" }> }) {
  const app = useApp();
  const spec = app.registry.find(scene.body.type);
  return scene.layout.ports.map((port) => {
    const name = port.id.slice(2);
    const input = port.side === "left";
    const type =
      (input ? spec?.input(name)?.type : spec?.outputs.find((one) => one.name === name)?.type) ?? UNKNOWN;
    return (
      <Socket
        key={port.id}
        node={scene.id}
        id={port.id}
        end={input ? "input" : "output"}
        side={port.side}
        type={type}
        y={port.y}
        label={name}
      />
    );
  });
}

function CardPicture({ node, row }: { node: string; row: Extract<Row, { kind: "picture" }> }) {
  const picture = usePicture(node);
  const input = useDocument((state) => state.view.nodes[node]?.inputs?.file);
  const plan = usePlan((state) => state.nodes?.[node]?.status);
  const zoomedIn = useStore((state) => state.transform[2] > 0.5);
  return (
    <div className="card-picture" style={{ top: row.y, height: row.height }} data-stale={plan === "run"}>
      {picture === null ? (
        typeof input === "string" ? (
          <InputPicture node={node} file={input} />
        ) : (
          <span className="card-picture-empty">{zoomedIn ? "no picture yet" : ""}</span>
        )
      ) : (
        <img src={picture.url} alt={`the result of ${node}`} draggable={false} />
      )}
    </div>
  );
}

function Progress({ node }: { node: string }) {
  const run = useNodeRun(node);
  if (run.phase !== "running") return null;
  const part = run.total > 0 ? run.done / run.total : null;
  return (
    <div
      className="card-progress"
      role="progressbar"
      aria-label={`progress of ${node}`}
      aria-valuenow={part === null ? undefined : Math.round(part * 100)}
      data-open={part === null}
    >
      <span style={part === null ? undefined : { transform: `scaleX(${part})` }} />
    </div>
  );
}

function keyOf(row: Row): string {
  if (row.kind === "field") return `i:${row.input.name}`;
  if (row.kind === "sockets") return `s:${row.input?.name ?? ""}:${row.output?.name ?? ""}`;
  return row.kind;
}
