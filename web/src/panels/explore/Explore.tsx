/** Explore: write a range, drag it onto a widget; one range gives a row of pictures, two a grid. */
import { useEffect, useMemo, useState } from "react";
import { useApp, useDocument, useResults } from "../../app/context";
import type { App } from "../../app/services";
import { titleOf } from "../../graph/document";
import { CommandLine } from "../CommandLine";
import { candidates } from "../form/inputs";
import { suggested, valueLabel, valuesOf } from "./range";
import "./explore.css";

const RANGE_DRAG = "application/x-loom-range";
type Which = "x" | "y";

export function Explore() {
  const app = useApp();
  const x = useResults((state) => state.x);
  const y = useResults((state) => state.y);
  const runs = (x?.values.length ?? 0) * (y?.values.length ?? 1);
  const [texts, setTexts] = useState({ x: "", y: "" });
  const [problem, setProblem] = useState<{ which: Which; text: string } | null>(null);
  /** Give an axis to an input; an empty range becomes one around what stands there. */
  const assign = (which: Which, node: string, name: string, text: string): void => {
    const input = app.registry.find(app.document.document.nodes[node]?.type ?? "")?.input(name);
    if (input === undefined) return;
    const given = app.document.document.nodes[node]?.inputs?.[name];
    const range = text.trim() === "" ? suggested(input, given ?? input.default) : text;
    setTexts((now) => ({ ...now, [which]: range }));
    try {
      const values = valuesOf(range, input);
      const other = which === "x" ? app.results.getState().y : app.results.getState().x;
      const taken = other !== null && other.node === node && other.input === name;
      if (taken) throw new Error("the other axis has this input already");
      app.results.setState({ [which]: { node, input: name, values } });
      setProblem(null);
    } catch (error) {
      setProblem({ which, text: error instanceof Error ? error.message : String(error) });
    }
  };
  useRangeDrop((which, node, name) => assign(which, node, name, texts[which]));
  return (
    <>
      <p className="explore-how">
        Write a range and drag it onto a widget of the graph. Or choose the input here.
      </p>
      {(["x", "y"] as const).map((which) => (
        <AxisSlot
          key={which}
          which={which}
          text={texts[which]}
          setText={(text) => {
            setTexts({ ...texts, [which]: text });
            const axis = which === "x" ? x : y;
            if (axis !== null && text.trim() !== "") assign(which, axis.node, axis.input, text);
          }}
          assign={(node, name) => assign(which, node, name, texts[which])}
          problem={problem?.which === which ? problem.text : null}
        />
      ))}
      <CommandLine
        id="explore.run"
        primary
        title={x === null ? "Run the grid" : `Run the grid: ${runs} ${runs === 1 ? "picture" : "pictures"}`}
      />
      <p className="explore-how muted">
        <code>1..7 in 4</code> four values from 1 to 7 · <code>0..1 by 0.25</code> · <code>3, 5, 9</code> ·
        words or names with commas
      </p>
    </>
  );
}

interface SlotProps {
  which: Which;
  text: string;
  setText(text: string): void;
  assign(node: string, input: string): void;
  problem: string | null;
}

function AxisSlot({ which, text, setText, assign, problem }: SlotProps) {
  const app = useApp();
  const axis = useResults((state) => state[which]);
  const document = useDocument((state) => state.view);
  const inputs = useMemo(() => candidates(document, app.registry), [document, app.registry]);
  const letter = which.toUpperCase();
  return (
    <section className="axis" aria-label={`${letter} axis`} data-axis={which}>
      <div className="axis-line">
        <button
          type="button"
          className="axis-chip"
          draggable
          aria-label={`Drag the ${letter} range onto a widget`}
          title="Drag onto a widget"
          onDragStart={(event) => {
            event.dataTransfer.setData(RANGE_DRAG, which);
            event.dataTransfer.setData(`${RANGE_DRAG}-${which}`, which);
            event.dataTransfer.effectAllowed = "link";
          }}
        >
          {letter}
        </button>
        <input
          aria-label={`${letter} range`}
          aria-invalid={problem !== null}
          placeholder="1..7 in 4"
          value={text}
          spellCheck={false}
          onChange={(event) => setText(event.target.value)}
        />
        {axis !== null && (
          <button
            type="button"
            className="button small quiet"
            aria-label={`Take the ${letter} axis away`}
            onClick={() => app.results.setState({ [which]: null })}
          >
            Clear
          </button>
        )}
      </div>
      <select
        aria-label={`${letter} input`}
        value={axis === null ? "" : `${axis.node}.${axis.input}`}
        onChange={(event) => {
          const found = inputs.find((one) => one.key === event.target.value)?.targets[0];
          if (found !== undefined) assign(...found);
        }}
      >
        <option value="">no input yet</option>
        {inputs.map((one) => (
          <option key={one.key} value={one.key}>
            {one.label}
          </option>
        ))}
      </select>
      {problem !== null && (
        <p className="form-problem" role="alert">
          {problem}
        </p>
      )}
      {axis !== null && problem === null && (
        <p className="axis-values">
          {titleOf(axis.node)} {axis.input.replaceAll("_", " ")}: {axis.values.map(valueLabel).join(" · ")}
        </p>
      )}
    </section>
  );
}

/** A range that is dropped on a field of a card, or of the form. */
function useRangeDrop(take: (which: Which, node: string, input: string) => void): void {
  const app = useApp();
  useEffect(() => {
    let marked: Element | null = null;
    const mark = (element: Element | null): void => {
      if (marked === element) return;
      marked?.removeAttribute("data-range-over");
      element?.setAttribute("data-range-over", "");
      marked = element;
    };
    const over = (event: DragEvent): void => {
      if (!event.dataTransfer?.types.includes(RANGE_DRAG)) return;
      const field = fieldUnder(app, event);
      mark(field?.element ?? null);
      if (field === null) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "link";
    };
    const drop = (event: DragEvent): void => {
      const which = event.dataTransfer?.getData(RANGE_DRAG);
      mark(null);
      if (which !== "x" && which !== "y") return;
      event.preventDefault();
      const field = fieldUnder(app, event);
      if (field !== null) take(which, field.node, field.input);
    };
    const end = (): void => mark(null);
    addEventListener("dragover", over);
    addEventListener("drop", drop);
    addEventListener("dragend", end);
    return () => {
      removeEventListener("dragover", over);
      removeEventListener("drop", drop);
      removeEventListener("dragend", end);
    };
  });
}

function fieldUnder(app: App, event: DragEvent): { element: Element; node: string; input: string } | null {
  if (!(event.target instanceof Element)) return null;
  const element = event.target.closest<HTMLElement>("[data-input]");
  const node = event.target.closest<HTMLElement>("[data-node]")?.dataset.node;
  const input = element?.dataset.input;
  if (element === null || node === undefined || input === undefined) return null;
  return app.document.document.nodes[node] === undefined ? null : { element, node, input };
}
