/** The open workflow as a Python program, to read and to write: both change together. */
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import { isCoarse } from "../../a11y/coarse";
import type { TextProblem } from "../../api/types";
import { useApp, useDocument, useUi } from "../../app/context";
import type { App } from "../../app/services";
import { prefixOf } from "../../document/inside";
import { draftOf, keepDraft } from "./drafts";
import { CodeEditor, sentence } from "./editor";
import { ProgramSession, type ProgramState } from "./session";
import "./python.css";

export function Python() {
  const place = useDocument((state) => `${state.name}/${prefixOf(state.inside)}`);
  const there = useDocument((state) => state.name !== null && state.revision > 0);
  if (!there) return <p className="panel-empty">No workflow is open.</p>;
  return <Program key={place} place={place} />;
}

interface Open {
  code: CodeEditor;
  session: ProgramSession;
}

const CLOSED: StoreApi<ProgramState> = createStore(() => ({ phase: "loading", problems: [], held: false }));

function Program({ place }: { place: string }) {
  const app = useApp();
  const host = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState<Open | null>(null);
  const state = useStore(open?.session.store ?? CLOSED);
  const rewritten = useUi((ui) => ui.rewritten);
  const asked = useRef(rewritten);
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = opened(app, element, place);
    setOpen(made.open);
    return made.close;
  }, [app, place]);
  useEffect(() => open?.code.problems(state.problems), [open, state.problems]);
  useEffect(() => {
    if (open === null || rewritten === asked.current) return;
    asked.current = rewritten;
    void open.session.rewrite();
  }, [open, rewritten]);
  return (
    <div className="python">
      <div className="python-head">
        <Status state={state} />
        <button type="button" className="button small" onClick={() => app.commands.run("python.copy", app)}>
          Copy
        </button>
        <button type="button" className="button small" onClick={() => app.commands.run("python.save", app)}>
          Save .py
        </button>
      </div>
      <div className="python-code" ref={host} data-phase={state.phase} />
      <Problems problems={state.problems} goTo={(one) => open?.code.goTo(one)} />
      {(state.phase === "wrong" || state.held) && (
        <p className="python-apart">
          {state.held
            ? "The workflow was changed meanwhile in lines that you are writing. It is taken in when your text reads."
            : "The workflow stays as it is until the text reads."}
          <button
            type="button"
            className="button small"
            onClick={() => app.commands.run("python.rewrite", app)}
          >
            Give up my text
          </button>
        </p>
      )}
    </div>
  );
}

/** The editor in its element, and what ties it to document and selection. */
function opened(app: App, element: HTMLElement, place: string): { open: Open; close(): void } {
  const { document, view } = app;
  let here = false; // it is the caret that selects
  const code = new CodeEditor(
    element,
    { registry: app.registry, document: () => document.document },
    {
      typed: () => session.typed(),
      left: () => void session.flush(),
      chose(node) {
        const { selection } = view.getState();
        if (document.document.nodes[node] === undefined || (selection.size === 1 && selection.has(node)))
          return;
        here = true;
        view.setState({ selection: new Set([node]) });
        here = false;
        const rect = app.scene().byId.get(node)?.rect;
        if (rect !== undefined) app.canvas.current?.reveal(rect);
      },
      done: (run) =>
        void session.flush().then(() => {
          if (run) app.commands.run("run", app);
        }),
    },
    isCoarse(),
  );
  const session = new ProgramSession({
    write: app.api.writePython,
    read: app.api.readPython,
    document: () => document.document,
    edit: (operations) => document.edit(...operations),
    text: () => code.text(),
    replace: (text) => code.replace(text),
    place: (places) => code.place(places),
    renamed(names) {
      const selection = [...view.getState().selection].map((one) => names.get(one) ?? one);
      if (names.size > 0) view.setState({ selection: new Set(selection) });
    },
    keep: (draft) => keepDraft(sessionStorage, place, draft),
  });
  void session.start(draftOf(sessionStorage, place));
  code.choose(view.getState().selection);
  const ends = [
    document.store.subscribe((state, was) => state.view !== was.view && session.changed()),
    view.subscribe((state, was) => state.selection !== was.selection && code.choose(state.selection, here)),
  ];
  const close = (): void => {
    for (const end of ends) end();
    session.end();
    code.destroy();
  };
  return { open: { code, session }, close };
}

const SAID = {
  loading: "Loading…",
  same: "Same as the graph",
  typing: "Typing…",
  wrong: "Not taken",
  offline: "The server does not answer",
};

function Status({ state }: { state: ProgramState }) {
  const errors = state.problems.filter((one) => !one.known).length;
  const count = errors === 0 ? "" : `: ${errors} ${errors === 1 ? "error" : "errors"}`;
  return (
    <span className="python-status" role="status" data-phase={state.phase}>
      {SAID[state.phase]}
      {state.phase === "wrong" && count}
    </span>
  );
}

function Problems({ problems, goTo }: { problems: readonly TextProblem[]; goTo(one: TextProblem): void }) {
  if (problems.length === 0) return null;
  return (
    <ul className="python-problems" aria-label="problems of the program">
      {problems.map((one, at) => (
        <li key={at}>
          <button type="button" className="python-problem" data-known={one.known} onClick={() => goTo(one)}>
            <strong>Line {one.place.line}</strong>
            <span>{sentence(one)}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}
