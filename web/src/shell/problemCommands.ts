/** From problem to problem. */
import { focusNode, goInside } from "../a11y/focus";
import type { Problem } from "../api/types";
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import { following, problemList } from "./problemList";

export const problemsOf = (app: App): Problem[] =>
  problemList(app.document.store.getState().problems, app.planner.store.getState().problems);

/** To the node of a problem, into its input if there is a control for it. */
export function goToProblem(app: App, { node, input }: Problem): void {
  if (node == null) return;
  const id = app.scene().byId.has(node) ? node : app.document.document.nodes[node]?.in;
  if (id === undefined) return;
  if (input == null) focusNode(app, id);
  else goInside(app, id, input);
}

function step(app: App, direction: 1 | -1): void {
  const all = problemsOf(app).filter((one) => one.node != null);
  const [at] = app.view.getState().selection;
  const found = all.findIndex((one) => one.node === at);
  const next = all[following(all.length, direction === -1 && found < 0 ? 0 : found, direction)];
  if (next !== undefined) goToProblem(app, next);
}

const anyProblem = (app: App): boolean => problemsOf(app).length > 0;

export const problemCommands: Command[] = [
  {
    id: "problems",
    title: "Problems…",
    group: "Go",
    keys: ["$mod+Shift+m"],
    enabled: anyProblem,
    run: (app) => app.ui.setState((state) => ({ problems: !state.problems })),
  },
  {
    id: "problems.next",
    title: "To the next problem",
    group: "Go",
    keys: ["F8"],
    inFields: true,
    enabled: anyProblem,
    run: (app) => step(app, 1),
  },
  {
    id: "problems.previous",
    title: "To the problem before",
    group: "Go",
    keys: ["Shift+F8"],
    inFields: true,
    enabled: anyProblem,
    run: (app) => step(app, -1),
  },
];
