/** The live region: what happens on the page, said in words, at most one sentence at a time. */
import { useEffect } from "react";
import { useApp, useUi } from "../app/context";
import { announce } from "./announce";
import { changeText } from "./changes";

const ENDS = { done: "The run is done", failed: "The run failed", cancelled: "The run was stopped" } as const;
const SETTLED = 250; // ms: what comes at once is said together

export function Announcer() {
  const app = useApp();
  const said = useUi((state) => state.said);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let from = app.document.store.getState().view;
    const offs = [
      app.document.store.subscribe((state, was) => {
        if (state.name !== was.name || was.revision === 0) {
          from = state.view;
          return;
        }
        if (state.view.nodes === was.view.nodes) return;
        clearTimeout(timer);
        timer = setTimeout(() => {
          const text = changeText(from, state.view);
          from = state.view;
          if (text !== null) announce(app, text);
        }, SETTLED);
      }),
      app.runner.store.subscribe((state, was) => {
        const now = state.current;
        if (now === null || now.status === was.current?.status || now.id !== was.current?.id) return;
        if (now.status === "running") announce(app, "The run has started");
        else if (now.status !== "queued") announce(app, `${ENDS[now.status]}. ${now.error ?? ""}`);
      }),
    ];
    return () => {
      clearTimeout(timer);
      for (const off of offs) off();
    };
  }, [app]);
  return (
    <p className="hidden-text" role="status" aria-live="polite" data-testid="announcer">
      {said}
    </p>
  );
}
