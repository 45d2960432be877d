/** The editor's services for a graph that is only looked at: what the canvas draws from, and what edits nothing. */
import { focusNode } from "../../a11y/focus";
import { type App, followSubgraphs } from "../../app/services";
import { laidOut } from "../../canvas/laidOut";
import { type Scene, SceneMaker } from "../../canvas/scene";
import type { Step } from "../../document/inside";
import { LiveDocument } from "../../document/store";
import type { WorkflowDocument } from "../../graph/document";
import { Registry } from "../../graph/registry";
import { Heats } from "../../run/heatStore";
import { Planner } from "../../run/plan";
import { Runner } from "../../run/runner";
import { createViewStore } from "../../view/viewState";
import { keyOf, type Level, levelAt, type Reading, read } from "./reading";

export interface Shown {
  app: App;
  /** Draw two other versions, or the same ones as they are by now. */
  show(level: Level): void;
  /** what differs in the graph that is on the canvas: the whole, or a subgraph that was opened */
  reading(): Reading | null;
}

/** A document that is shown and never edited; undo and redo are those of the live one. */
class ShownDocument extends LiveDocument {
  constructor(private readonly of: App) {
    super({ api: of.api, client: "", storage: sessionStorage, tell: of.tell });
  }

  show(name: string, whole: WorkflowDocument): void {
    this.store.setState({ name, revision: 1, whole, view: whole });
    this.enter(this.store.getState().inside);
  }

  override edit(): boolean {
    return this.editAt();
  }

  override editAt(): boolean {
    this.of.tell("This is a comparison: leave it to edit, or take a difference over", "note");
    return false;
  }

  override undo(): void {
    this.of.document.undo();
  }

  override redo(): void {
    this.of.document.redo();
  }
}

/** `of`: the live app; `inside`: the subgraphs that were open there. */
export function shownApp(of: App, inside: readonly Step[]): Shown {
  const registry = new Registry(of.registry.types);
  const document = new ShownDocument(of);
  followSubgraphs(document, registry);
  const maker = new SceneMaker(registry);
  let level: Level | null = null;
  let known: { document: WorkflowDocument; reading: Reading | null; scene: Scene } | null = null;
  const now = (): NonNullable<typeof known> => {
    const { view, inside: way } = document.store.getState();
    if (known?.document !== view) {
      const here = level === null ? null : levelAt(level, way);
      const reading = here === null ? null : read(here);
      const placed = laidOut(view, (one) => maker.make(one));
      known = { document: view, reading, scene: marked(maker.make(placed, reading?.gone), reading) };
    }
    return known;
  };
  const { api, times, tell } = of;
  const app: App = {
    ...of,
    registry,
    document,
    planner: new Planner(api),
    runner: new Runner({ api, times, tell, document: () => of.document.whole, ended: () => {} }),
    heats: new Heats(api),
    view: createViewStore(),
    canvas: { current: null },
    looking: true,
    scene: () => now().scene,
  };
  let first = true;
  return {
    app,
    show(next) {
      level = next;
      known = null;
      document.show(of.document.store.getState().name ?? "", read(next).document);
      if (first) document.enter(inside);
      first = false;
    },
    reading: () => now().reading,
  };
}

/** The scene with a mark at what differs. */
function marked(scene: Scene, reading: Reading | null): Scene {
  if (reading === null) return scene;
  const nodes = scene.nodes.map((node) => {
    const mark = reading.marks.get(node.id);
    return mark === undefined ? node : { ...node, mark };
  });
  const edges = scene.edges.map((edge) => {
    const mark = edge.link.gone === true ? "removed" : reading.links.get(keyOf(edge.link));
    return mark === undefined ? edge : { ...edge, mark };
  });
  return { nodes, edges, byId: new Map(nodes.map((one) => [one.id, one])) };
}

/** The differences in the order in which one reads the canvas: by columns, from the left. */
export function inOrder(reading: Reading, scene: Scene): Reading["entries"] {
  const place = (id: string): [number, number] => {
    const rect = scene.byId.get(reading.shownAs(id))?.rect;
    return rect === undefined ? [0, 0] : [rect.x, rect.y];
  };
  return reading.entries.toSorted((a, b) => {
    const [[ax, ay], [bx, by]] = [place(a.id), place(b.id)];
    return ax - bx || ay - by;
  });
}

/** Select a node of the comparison, show it, and give it the keyboard unless a list has it. */
export function lookAt(app: App, id: string, focus: boolean): void {
  if (focus) return focusNode(app, id);
  app.view.setState({ selection: new Set([id]) });
  const rect = app.scene().byId.get(id)?.rect;
  if (rect !== undefined) app.canvas.current?.reveal(rect);
}
