/** The undo tree: every state that the workflow was in, with the picture that a run made of it; Enter goes to one. */
import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useApp, useDocument } from "../../app/context";
import type { App } from "../../app/services";
import { tabIdentity } from "../../document/identity";
import { towards } from "../../document/towards";
import type { WorkflowDocument } from "../../graph/document";
import { compareVersions } from "../versions/sides";
import { StateLine } from "./StateLine";
import { timeText } from "./timeText";
import { rowsOf, type StateRow, type TreeRow } from "./tree";
import { useStates } from "./useStates";
import { whoText } from "./who";

/** The height of a row; rows out of sight are not drawn. */
const ROW = 48;
const SPARE = 6;

export function StateTree({ name }: { name: string }) {
  const known = useStates(name);
  if (known === null) return <p className="panel-empty">reading the history…</p>;
  return <Tree name={name} known={known} />;
}

function Tree({ name, known }: { name: string; known: NonNullable<ReturnType<typeof useStates>> }) {
  const app = useApp();
  const [turned, setTurned] = useState<ReadonlySet<string>>(new Set());
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = useMemo(() => rowsOf({ ...known, turned }), [known, turned]);
  const now = rows.findIndex((one) => one.kind === "state" && one.now);
  const found = rows.findIndex((one) => one.key === chosen);
  const index = found >= 0 ? found : Math.max(0, now);
  const active = rows[index];
  const scroller = useRef<HTMLDivElement>(null);
  const { from, to } = useWindow(scroller, rows.length);
  const prefix = useId();
  const me = tabIdentity();

  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const top = index * ROW;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW > element.scrollTop + element.clientHeight)
      element.scrollTop = top + ROW - element.clientHeight;
  }, [index]);
  const state = known.now;
  // biome-ignore lint/correctness/useExhaustiveDependencies: where one is by now is looked at
  useEffect(() => setChosen(null), [state]);

  const turn = (key: string): void => {
    const next = new Set(turned);
    if (!next.delete(key)) next.add(key);
    setTurned(next);
    setChosen(key);
  };
  const choose = (row: TreeRow): void => {
    setChosen(row.key);
    if (row.kind === "fold") turn(row.key);
    else goTo(app, name, row);
  };
  const pressed = (event: KeyboardEvent): void => {
    if (active === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const walk = (at: number): void =>
      setChosen(rows[Math.max(0, Math.min(rows.length - 1, at))]?.key ?? null);
    const parent = rows.slice(0, index).findLastIndex((one) => one.level < active.level);
    const moves: Record<string, () => void> = {
      ArrowDown: () => walk(index + 1),
      ArrowUp: () => walk(index - 1),
      PageDown: () => walk(index + 10),
      PageUp: () => walk(index - 10),
      Home: () => walk(0),
      End: () => walk(rows.length - 1),
      ArrowRight: () => (active.open === false ? turn(active.key) : active.open === true && walk(index + 1)),
      ArrowLeft: () => (active.open === true ? turn(active.key) : parent >= 0 && walk(parent)),
      Enter: () => choose(active),
      " ": () => choose(active),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };

  return (
    <>
      <div
        className="state-tree"
        role="tree"
        aria-label="states"
        tabIndex={0}
        aria-activedescendant={active === undefined ? undefined : `${prefix}${active.key}`}
        ref={scroller}
        onKeyDown={pressed}
      >
        <div role="presentation" style={{ height: rows.length * ROW }}>
          {rows.slice(from, to).map((row, at) => (
            <StateLine
              key={row.key}
              id={`${prefix}${row.key}`}
              row={row}
              top={(from + at) * ROW}
              height={ROW}
              active={row === active}
              me={me}
              choose={() => choose(row)}
              turn={() => turn(row.key)}
            />
          ))}
        </div>
      </div>
      {active?.kind === "state" && <Detail name={name} row={active} me={me} seen={known.pictures.size > 0} />}
    </>
  );
}

/** The row that one is at, in large. */
function Detail({ name, row, me, seen }: { name: string; row: StateRow; me: string; seen: boolean }) {
  const app = useApp();
  return (
    <section className="state-detail" aria-label="the state chosen">
      {row.picture !== null ? (
        <img src={app.api.thumbnailUrl(row.picture, 256)} alt="what a run of this state made" />
      ) : (
        seen && (
          <p className="state-detail-none muted">
            {row.step.looks
              ? "it looks otherwise, and makes the same"
              : "no run of this state made a picture"}
          </p>
        )
      )}
      <p className="state-detail-text">{row.text}</p>
      <p className="muted">
        {row.step.kind === "create" ? "" : `${whoText(row.step.client, me)} · `}
        {timeText(row.step.at)}
      </p>
      <div className="state-detail-do">
        <button type="button" className="button" disabled={row.now} onClick={() => goTo(app, name, row)}>
          {row.now ? "You are here" : "Go to this state"}
        </button>
        {!row.now && (
          <button
            type="button"
            className="button quiet"
            onClick={() => compareVersions(app, { kind: "revision", revision: row.step.state })}
          >
            What differs
          </button>
        )}
      </div>
    </section>
  );
}

/** Make the workflow what it was: an edit like any other, that others see and undo takes back. */
function goTo(app: App, name: string, { step, now, text }: StateRow): void {
  if (now) return;
  app.api.revision(name, step.state).then(
    ({ document }) => {
      if (app.document.store.getState().name !== name) return;
      const wanted = document as unknown as WorkflowDocument;
      const operations = towards(app.document.whole, wanted);
      if (app.document.editAt([], operations.length > 0 ? operations : [{ op: "replace", document: wanted }]))
        app.tell(`As it was after “${text}”; undo takes that back`, "good");
    },
    (error: Error) => app.tell(error.message, "error"),
  );
}

/** Which rows are in sight. */
function useWindow(
  scroller: { current: HTMLDivElement | null },
  count: number,
): { from: number; to: number } {
  const [seen, setSeen] = useState({ top: 0, height: 600 });
  const revision = useDocument((state) => state.revision);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is above may have changed its height
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const look = (): void => setSeen({ top: element.scrollTop, height: element.clientHeight });
    look();
    element.addEventListener("scroll", look, { passive: true });
    const resized = new ResizeObserver(look);
    resized.observe(element);
    return () => {
      element.removeEventListener("scroll", look);
      resized.disconnect();
    };
  }, [scroller, revision, count]);
  return {
    from: Math.max(0, Math.floor(seen.top / ROW) - SPARE),
    to: Math.min(count, Math.ceil((seen.top + seen.height) / ROW) + SPARE),
  };
}
