/** Subgraphs: make one of what is selected, open it, promote its widgets, unpack it. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import { freeName } from "../document/apply";
import type { Operation } from "../document/operations";
import { made, unpacked } from "../document/subgraphs";
import { towards } from "../document/towards";
import { isFrame, linksIn, type NodeBody, type WorkflowDocument } from "../graph/document";
import { inputAt } from "./inputCommands";

const picked = (app: App): string[] =>
  [...app.view.getState().selection].filter((id) => app.document.document.nodes[id] !== undefined);

/** True of a node that is a use of a subgraph. */
export function isSubgraph(app: App, node: string): boolean {
  const type = app.document.document.nodes[node]?.type ?? "";
  return app.registry.find(type)?.category === "subgraph";
}

export function openSubgraph(app: App, node: string): void {
  const type = app.document.document.nodes[node]?.type;
  if (type === undefined || !isSubgraph(app, node)) return;
  app.view.setState({ selection: new Set() });
  app.document.enter([...app.document.store.getState().inside, { node, type }]);
}

export function leaveTo(app: App, depth: number): void {
  const { inside } = app.document.store.getState();
  const left = inside[depth];
  app.document.enter(inside.slice(0, depth));
  if (left !== undefined) app.view.setState({ selection: new Set([left.node]) });
}

function makeSubgraph(app: App): void {
  const { document } = app.document;
  const taken = new Set([...app.registry.all().map((one) => one.name), ...Object.keys(document.nodes)]);
  const type = freeName("subgraph", taken);
  const firstOutput = (body: NodeBody): string =>
    isFrame(body)
      ? (Object.keys(body.carry ?? {})[0] ?? "out")
      : (app.registry.find(body.type)?.outputs[0]?.name ?? "out");
  const after = made(document, picked(app), { type, firstOutput });
  if (app.document.edit(...towards(document, after.document)))
    app.view.setState({ selection: new Set([after.node]) });
}

function unpackSubgraphs(app: App): void {
  const { document } = app.document;
  let after = document;
  const nodes: string[] = [];
  for (const node of picked(app).filter((id) => isSubgraph(app, id))) {
    const step = unpacked(after, node);
    after = step.document;
    nodes.push(...step.nodes);
  }
  if (app.document.edit(...towards(document, after))) app.view.setState({ selection: new Set(nodes) });
}

/** The interface's inputs of the open subgraph that feed an input of a node. */
function promotedAs(document: WorkflowDocument, target: string): string[] {
  return Object.entries(document.interface?.inputs ?? {}).flatMap(([name, entry]) =>
    [entry?.to as string | string[]].flat().includes(target) ? [name] : [],
  );
}

export const subgraphCommands: Command[] = [
  {
    id: "subgraph.make",
    title: "Make a subgraph of the selection",
    group: "Subgraph",
    keys: ["$mod+Shift+g"],
    places: ["node", "frame"],
    enabled: (app) => picked(app).length > 0,
    run: makeSubgraph,
  },
  {
    id: "subgraph.open",
    title: "Open the subgraph",
    group: "Subgraph",
    keys: ["Shift+Enter"],
    looking: "shown",
    places: ["node"],
    enabled: (app) => picked(app).length === 1 && isSubgraph(app, picked(app)[0] ?? ""),
    run: (app) => openSubgraph(app, picked(app)[0] ?? ""),
  },
  {
    id: "subgraph.leave",
    title: "Leave the subgraph",
    group: "Subgraph",
    keys: ["Alt+ArrowUp"],
    looking: "shown",
    places: ["canvas"],
    enabled: (app) => app.document.store.getState().inside.length > 0,
    run: (app) => leaveTo(app, app.document.store.getState().inside.length - 1),
  },
  {
    id: "subgraph.unpack",
    title: "Unpack the subgraph",
    group: "Subgraph",
    keys: ["$mod+Shift+u"],
    places: ["node"],
    enabled: (app) => picked(app).some((id) => isSubgraph(app, id)),
    run: unpackSubgraphs,
  },
  {
    id: "subgraph.promote",
    title: "Show on the subgraph's card, or no more",
    group: "Subgraph",
    keys: ["Alt+KeyP"],
    places: ["input"],
    inFields: true,
    enabled: (app) => app.document.store.getState().inside.length > 0 && inputAt(app) !== null,
    run(app) {
      const at = inputAt(app);
      if (at === null) return;
      const { document } = app.document;
      const target = `${at.node}.${at.input}`;
      const known = promotedAs(document, target);
      const declared = document.interface?.inputs ?? {};
      if (known.length > 0) {
        app.document.edit(
          ...known.map((name): Operation => {
            const to = [declared[name]?.to as string | string[]].flat().filter((one) => one !== target);
            return {
              op: "set_interface",
              side: "inputs",
              name,
              value: to.length > 0 ? { ...declared[name], to } : null,
            };
          }),
        );
      } else if (linksIn(document.nodes[at.node]?.inputs?.[at.input]).length === 0) {
        const name = freeName(at.input, new Set(Object.keys(declared)));
        app.document.edit({ op: "set_interface", side: "inputs", name, value: { to: target } });
      } else app.tell("This input is linked inside of the subgraph", "note");
    },
  },
];
