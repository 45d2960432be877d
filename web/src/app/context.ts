/** How components reach the services, and read their stores. */
import { createContext, useContext } from "react";
import { useStore } from "zustand";
import { prefixOf } from "../document/inside";
import type { DocumentState } from "../document/store";
import type { Heat, HeatMap } from "../run/heat";
import type { PlanState } from "../run/plan";
import type { NodeRun, Shown } from "../run/progress";
import type { RunsState } from "../run/runner";
import { useSignal } from "../run/signals";
import type { ResultsState } from "../view/results";
import type { UiState } from "../view/uiState";
import type { ViewState } from "../view/viewState";
import type { App } from "./services";

export const AppContext = createContext<App | null>(null);

export function useApp(): App {
  const app = useContext(AppContext);
  if (app === null) throw new Error("a component outside of <AppContext>");
  return app;
}

export const useDocument = <T>(select: (state: DocumentState) => T): T =>
  useStore(useApp().document.store, select);
export const useView = <T>(select: (state: ViewState) => T): T => useStore(useApp().view, select);
export const useUi = <T>(select: (state: UiState) => T): T => useStore(useApp().ui, select);
export const useResults = <T>(select: (state: ResultsState) => T): T => useStore(useApp().results, select);
export const usePlan = <T>(select: (state: PlanState) => T): T => useStore(useApp().planner.store, select);
export const useRuns = <T>(select: (state: RunsState) => T): T => useStore(useApp().runner.store, select);
/** What ids of nodes begin with in runs: the uses of subgraphs that are open. */
const usePrefix = (): string => useDocument((state) => prefixOf(state.inside));
/** What a node is called in runs, plans and problems. */
export const useWholeId = (node: string): string => usePrefix() + node;
export const useNodeRun = (node: string): NodeRun => useSignal(useApp().runner.nodes, usePrefix() + node);
export const usePicture = (node: string): Shown | null =>
  useSignal(useApp().runner.pictures, usePrefix() + node);
export const useStepPictures = (frame: string): ReadonlyMap<number, string> =>
  useSignal(useApp().runner.steps, usePrefix() + frame);

/** Where the seconds went, of what is on show; null: nothing is known. */
export function useHeatMap(): HeatMap | null {
  const { heats } = useApp();
  const prefix = usePrefix();
  return useStore(heats.store, () => heats.map(prefix));
}
/** The time of a node while the canvas shows times; null: it does not, or this node has none. */
export function useHeat(node: string): Heat | null {
  const { heats } = useApp();
  const on = useUi((state) => state.heat);
  const prefix = usePrefix();
  return useStore(heats.store, () => (on ? (heats.map(prefix)?.nodes.get(node) ?? null) : null));
}
