/** Running a part of the graph, and holding on to results. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import type { Operation } from "../document/operations";
import { framesAround, isFrame } from "../graph/document";

const picked = (app: App): string[] =>
  [...app.view.getState().selection].filter((id) => app.document.document.nodes[id] !== undefined);

/** What a run is asked for so that it runs to these nodes: a loop for what is inside of it. */
export function targetsFor(app: App, nodes: readonly string[]): string[] {
  const { document } = app.document;
  return [...new Set(nodes.map((node) => framesAround(document, node).at(-1) ?? node))];
}

const isFrozen = (app: App, node: string): boolean =>
  typeof app.document.document.nodes[node]?.mode === "object";

function toggleFreeze(app: App): void {
  const nodes = picked(app).filter((id) => !isFrame(app.document.document.nodes[id]));
  if (nodes.length > 0 && nodes.every((id) => isFrozen(app, id))) {
    app.document.edit({ op: "set_mode", nodes, mode: "normal" });
    return;
  }
  const { nodes: plan, stale } = app.planner.store.getState();
  const operations = nodes.flatMap((node): Operation[] => {
    const key = plan?.[node]?.key ?? null;
    return key === null || isFrozen(app, node)
      ? []
      : [{ op: "set_mode", nodes: [node], mode: { frozen: key } }];
  });
  if (stale || operations.length === 0)
    app.tell("There is no finished result to freeze yet: run it first", "note");
  else app.document.edit(...operations);
}

export const runToolCommands: Command[] = [
  {
    id: "run.selected",
    title: "Run to here",
    group: "Run",
    keys: ["$mod+Shift+Enter"],
    places: ["node", "frame"],
    enabled: (app) => picked(app).length > 0,
    run: (app) => app.runner.run(targetsFor(app, picked(app))),
  },
  {
    id: "freeze",
    title: "Freeze the result, or let it go",
    group: "Node",
    keys: ["Shift+f"],
    places: ["node"],
    enabled: (app) => picked(app).some((id) => !isFrame(app.document.document.nodes[id])),
    run: toggleFreeze,
  },
];
