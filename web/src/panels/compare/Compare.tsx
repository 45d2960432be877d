/** Two runs on the canvas: one picture over the other with a wipe between them, and what differs in their graphs. */
import { type KeyboardEvent, type PointerEvent, useMemo, useRef, useState } from "react";
import { useApp, useResults } from "../../app/context";
import { titleOf } from "../../graph/document";
import { type Difference, differences } from "../../graph/values";
import { CloseIcon } from "../../shell/icons";
import type { Pin } from "../../view/results";
import "./compare.css";

export function Compare() {
  const a = useResults((state) => state.a);
  const b = useResults((state) => state.b);
  const comparing = useResults((state) => state.comparing);
  if (!comparing || a === null || b === null) return null;
  return <Board a={a} b={b} />;
}

function Board({ a, b }: { a: Pin; b: Pin }) {
  const app = useApp();
  const rows = useMemo(() => differences(a.document, b.document), [a, b]);
  return (
    <section className="compare" aria-label="comparison">
      <header className="compare-head">
        <h2>A / B</h2>
        <button type="button" className="button small" onClick={() => app.commands.run("compare.swap", app)}>
          Swap
        </button>
        <button
          type="button"
          className="button small icon quiet"
          aria-label="End the comparison"
          onClick={() => app.commands.run("compare.close", app)}
        >
          <CloseIcon />
        </button>
      </header>
      <Wipe a={a} b={b} />
      <Rows rows={rows} />
    </section>
  );
}

const STEP = 0.02;

function Wipe({ a, b }: { a: Pin; b: Pin }) {
  const [at, setAt] = useState(0.5);
  const box = useRef<HTMLDivElement>(null);
  const move = (event: PointerEvent): void => {
    if ((event.buttons & 1) === 0) return;
    const rect = box.current?.getBoundingClientRect();
    if (rect !== undefined) setAt(Math.max(0, Math.min(1, (event.clientX - rect.left) / rect.width)));
  };
  const keys = (event: KeyboardEvent): void => {
    const by = { ArrowLeft: -STEP, ArrowRight: STEP, PageDown: -0.2, PageUp: 0.2 }[event.key];
    const to = by !== undefined ? at + by : { Home: 0, End: 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    setAt(Math.max(0, Math.min(1, to)));
  };
  const percent = Math.round(at * 100);
  return (
    <div
      ref={box}
      className="wipe"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        move(event);
      }}
      onPointerMove={move}
    >
      <img src={b.url} alt={`B: ${b.name}`} draggable={false} />
      <img
        className="wipe-a"
        src={a.url}
        alt={`A: ${a.name}`}
        draggable={false}
        style={{ clipPath: `inset(0 ${100 - percent}% 0 0)` }}
      />
      <span className="wipe-letter">A</span>
      <span className="wipe-letter right">B</span>
      <div
        className="wipe-handle"
        role="slider"
        tabIndex={0}
        aria-label="wipe between A and B"
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={`${percent} % of A`}
        style={{ left: `${percent}%` }}
        onKeyDown={keys}
      />
    </div>
  );
}

function Rows({ rows }: { rows: readonly Difference[] }) {
  const app = useApp();
  if (rows.length === 0) return <p className="muted compare-same">Their graphs and values are the same.</p>;
  const show = (node: string): void => {
    if (app.document.document.nodes[node] === undefined) return;
    app.view.setState({ selection: new Set([node]) });
    app.canvas.current?.fit([node]);
  };
  return (
    <div className="compare-rows">
      <table>
        <thead>
          <tr>
            <th scope="col">Input</th>
            <th scope="col">A</th>
            <th scope="col">B</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ node, input, a, b }) => (
            <tr key={`${node}.${input ?? ""}`} data-diff={`${node}${input === null ? "" : `.${input}`}`}>
              <th scope="row">
                <button type="button" onClick={() => show(node)}>
                  {titleOf(node)}
                  {input !== null && <span className="muted"> {input.replaceAll("_", " ")}</span>}
                </button>
              </th>
              <td>{a}</td>
              <td>{b}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
