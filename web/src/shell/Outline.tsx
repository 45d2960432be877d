/** The graph as a tree, for who would rather read it than look at it: arrows walk, Enter goes to the node on the canvas. */
import { type KeyboardEvent, useMemo, useRef, useState } from "react";
import { focusNode } from "../a11y/focus";
import { useApp, useDocument, useNodeRun, usePlan, useView } from "../app/context";
import { useProblem } from "../canvas/useProblem";
import { lookOf, titleOf, typeName } from "../graph/document";
import { type Branch, outlineOf } from "./outline";
import "./outline.css";

export function Outline() {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const selection = useView((state) => state.selection);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [at, setAt] = useState<string | null>(null);
  const tree = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => outlineOf(document, closed), [document, closed]);
  const known = rows.some((one) => one.id === at);
  const [picked] = selection;
  const current = known ? at : (rows.find((one) => one.id === picked)?.id ?? rows[0]?.id ?? null);

  const walk = (to: Branch | undefined): void => {
    if (to === undefined) return;
    setAt(to.id);
    app.view.setState({ selection: new Set([to.id]) });
    tree.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(to.id)}"]`)?.focus();
  };
  const fold = (id: string, close: boolean): void => {
    const next = new Set(closed);
    if (close) next.add(id);
    else next.delete(id);
    setClosed(next);
  };
  const pressed = (event: KeyboardEvent): void => {
    const index = rows.findIndex((one) => one.id === current);
    const row = rows[index];
    if (row === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    const open = row.frame && !closed.has(row.id);
    const moves: Record<string, () => void> = {
      ArrowDown: () => walk(rows[index + 1]),
      ArrowUp: () => walk(rows[index - 1]),
      Home: () => walk(rows[0]),
      End: () => walk(rows.at(-1)),
      ArrowRight: () => (open ? walk(rows[index + 1]) : row.frame && fold(row.id, false)),
      ArrowLeft: () =>
        open ? fold(row.id, true) : walk(rows.slice(0, index).findLast((one) => one.level < row.level)),
      Enter: () => focusNode(app, row.id),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  if (rows.length === 0) return <p className="panel-empty">The nodes of the workflow will be listed here.</p>;
  return (
    <div className="outline" role="tree" aria-label="nodes" ref={tree} onKeyDown={pressed}>
      {rows.map((row) => (
        <Row
          key={row.id}
          row={row}
          here={row.id === current}
          selected={selection.has(row.id)}
          open={row.frame ? !closed.has(row.id) : undefined}
          choose={() => {
            setAt(row.id);
            app.view.setState({ selection: new Set([row.id]) });
            app.canvas.current?.fit([row.id]);
          }}
        />
      ))}
    </div>
  );
}

interface RowProps {
  row: Branch;
  here: boolean;
  selected: boolean;
  open: boolean | undefined;
  choose(): void;
}

function Row({ row, here, selected, open, choose }: RowProps) {
  const type = useDocument((state) => typeName(state.view.nodes[row.id]?.type ?? ""));
  const look = useDocument((state) => lookOf(state.view, row.id));
  const wrong = useProblem(row.id) !== null;
  const plan = usePlan((state) => state.nodes?.[row.id]?.status);
  const { phase } = useNodeRun(row.id);
  const state = wrong
    ? "problem"
    : phase === "running" || phase === "failed"
      ? phase
      : plan === "run"
        ? "will run"
        : plan;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys of all its rows
    <div
      className="outline-row"
      role="treeitem"
      data-row={row.id}
      tabIndex={here ? 0 : -1}
      aria-level={row.level}
      aria-posinset={row.at}
      aria-setsize={row.of}
      aria-selected={selected}
      aria-expanded={open}
      style={{ paddingLeft: 8 + (row.level - 1) * 18 }}
      onClick={choose}
    >
      <span className="outline-title">{titleOf(row.id, look)}</span>
      <span className="outline-type">{type}</span>
      {state !== undefined && (
        <span className="outline-state" data-state={state}>
          {state}
        </span>
      )}
    </div>
  );
}
