/** From problem to problem. */
import { focusNode, goInside } from "../a11y/focus";
import type { Problem } from "../api/types";
import type { App } from "../app/services";
import { type Place, placeOf } from "../canvas/problems";
import type { Command } from "../commands/registry";
import { prefixOf, wayTo } from "../document/inside";
import { following, problemList } from "./problemList";

export const problemsOf = (app: App): Problem[] =>
  problemList(app.document.store.getState().problems, app.planner.store.getState().problems);

/** To the node of a problem, into its input if there is a control for it; into the subgraph that it is in, too. */
export function goToProblem(app: App, problem: Problem): void {
  const { whole, store } = app.document;
  const place = placeOf(whole, problem);
  const to = place && wayTo(whole, place.id);
  if (place === null || to === null) return;
  if (prefixOf(to.way) !== prefixOf(store.getState().inside)) {
    app.view.setState({ selection: new Set() });
    app.document.enter(to.way);
  }
  const { node } = to;
  const id = app.scene().byId.has(node) ? node : app.document.document.nodes[node]?.in;
  if (id === undefined) return;
  if (place.input === null) focusNode(app, id);
  else goInside(app, id, place.input);
}

function step(app: App, direction: 1 | -1): void {
  const { whole, store } = app.document;
  const all = problemsOf(app).filter((one) => one.node != null);
  const [at] = app.view.getState().selection;
  const here = at === undefined ? null : prefixOf(store.getState().inside) + at;
  const places = all.map((one) => placeOf(whole, one));
  const input = document.activeElement?.closest<HTMLElement>("[data-input]")?.dataset.input ?? null;
  const exact = places.findIndex((one) => one?.id === here && one?.input === input);
  const isHere = (one: Place | null): boolean => one?.id === here;
  const found =
    exact >= 0 ? exact : direction === 1 ? places.findLastIndex(isHere) : places.findIndex(isHere);
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
