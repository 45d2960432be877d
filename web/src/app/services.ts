/** Everything that lives as long as the page, made once, in order. Components reach it by `useApp`. */
import type { StoreApi } from "zustand/vanilla";
import type { Api } from "../api/client";
import type { NodeTypes } from "../api/types";
import { laidOut } from "../canvas/laidOut";
import type { Scene } from "../canvas/scene";
import { SceneMaker } from "../canvas/scene";
import { CommandRegistry } from "../commands/registry";
import { announceTab, tabIdentity } from "../document/identity";
import { along, prefixOf } from "../document/inside";
import { type DocumentState, LiveDocument } from "../document/store";
import type { WorkflowDocument } from "../graph/document";
import { Registry } from "../graph/registry";
import { subgraphSpecs } from "../graph/subgraphs";
import { PanelRegistry } from "../panels/registry";
import { Heats } from "../run/heatStore";
import { StepViews } from "../run/loopSteps";
import { Planner } from "../run/plan";
import { Recall } from "../run/recall";
import { Runner } from "../run/runner";
import { Times } from "../run/times";
import type { Point, Rect } from "../view/geometry";
import { createResultsStore, type Painter, type ResultsState } from "../view/results";
import { createUiStore, toast, type UiState } from "../view/uiState";
import { createViewStore, type ViewState } from "../view/viewState";

/** What the canvas on show can do for the rest; null while there is none. */
export interface CanvasControls {
  toCanvas(screen: Point): Point;
  centre(): Point;
  fit(ids?: Iterable<string>): void;
  showRect(rect: Rect): void;
  /** move the view, if need be, so that this is in it; the zoom stays */
  reveal(rect: Rect): void;
  zoomBy(factor: number): void;
  /** what is seen: to come back to it with `goTo` */
  view(): { x: number; y: number; zoom: number };
  goTo(view: { x: number; y: number; zoom: number }): void;
  zoomTo(zoom: number): void;
}

/** What is looked at in place of the document: commands about what is shown speak to its `app`. */
export interface Stage {
  app: App;
  live: App;
  /** to the next thing to look at; back with −1 */
  step(by: number): void;
  /** what is looked at now, as an edit of the document */
  take(): void;
}

export interface App {
  api: Api;
  registry: Registry;
  document: LiveDocument;
  planner: Planner;
  runner: Runner;
  times: Times;
  recall: Recall;
  heats: Heats;
  stepViews: StepViews;
  view: StoreApi<ViewState>;
  ui: StoreApi<UiState>;
  results: StoreApi<ResultsState>;
  commands: CommandRegistry;
  panels: PanelRegistry;
  canvas: { current: CanvasControls | null };
  /** null while no mask is painted */
  painter: { current: Painter | null };
  /** what is looked at in place of the document */
  stage: { current: Stage | null };
  /** all of this is about something that is only looked at */
  looking: boolean;
  /** the scene of the document as it is; made once per document */
  scene(): Scene;
  tell(text: string, kind: "error" | "note" | "good"): void;
}

export function createApp(api: Api, types: NodeTypes): App {
  const registry = new Registry(types);
  const ui = createUiStore(localStorage);
  const tell = (text: string, kind: "error" | "note" | "good"): void => toast(ui, text, kind);
  const client = tabIdentity();
  announceTab(client);
  const document = new LiveDocument({ api, client, storage: localStorage, tell });
  const planner = new Planner(api);
  const times = new Times(localStorage);
  const runner = new Runner({
    api,
    times,
    tell,
    document: () => document.whole,
    ended: () => void planner.again(),
  });
  document.store.subscribe((state, was) => {
    if (state.inside !== was.inside) planner.shows(prefixOf(state.inside));
    if (state.whole.nodes !== was.whole.nodes || state.whole.subgraphs !== was.whole.subgraphs)
      planner.outdated();
    if (!isChecked(state) || (isChecked(was) && state.revision === was.revision)) return;
    if (state.problems.length > 0) planner.blocked();
    else planner.ready(state.whole);
  });
  followSubgraphs(document, registry);
  return {
    api,
    registry,
    document,
    planner,
    runner,
    times,
    recall: new Recall(api),
    heats: new Heats(api),
    stepViews: new StepViews(api),
    ui,
    tell,
    view: createViewStore(),
    results: createResultsStore(),
    commands: new CommandRegistry(localStorage),
    panels: new PanelRegistry(),
    canvas: { current: null },
    painter: { current: null },
    stage: { current: null },
    looking: false,
    scene: sceneSource(registry, () => document.document),
  };
}

/** The registry knows the subgraphs of the document on show. Before all others, so that nobody draws them unknown. */
export function followSubgraphs(document: LiveDocument, registry: Registry): void {
  let known = "";
  document.store.subscribe(({ whole, inside }) => {
    const documents = along(whole, inside);
    const graphs = documents.map((one) => one.subgraphs ?? null);
    if (graphs.every((one) => one === null) && known === "") return;
    const text = JSON.stringify(graphs);
    if (text === known) return;
    known = text;
    registry.withSubgraphs(subgraphSpecs(documents, registry));
  });
}

/** The server has all that is shown here, and has said what is wrong with it. */
function isChecked({ connection, pending, revision, checked }: DocumentState): boolean {
  return connection === "live" && pending.length === 0 && revision > 0 && checked === revision;
}

function sceneSource(registry: Registry, document: () => WorkflowDocument): () => Scene {
  const maker = new SceneMaker(registry);
  let of: WorkflowDocument | null = null;
  let scene: Scene | null = null;
  return () => {
    const now = document();
    if (scene === null || now !== of) {
      scene = maker.make(laidOut(now, (one) => maker.make(one)));
      of = now;
    }
    return scene;
  };
}
