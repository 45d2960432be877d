/** A widget as an input socket, and back. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import type { Operation } from "../document/operations";
import { lookOf } from "../graph/document";
import { widgetKind } from "../widgets/kind";

/** The input that a menu was opened on, or whose field has the focus. */
export function inputAt(app: App): { node: string; input: string } | null {
  const asked = app.ui.getState().menu;
  if (asked?.node != null && asked.input != null) return { node: asked.node, input: asked.input };
  const row = document.activeElement?.closest<HTMLElement>("[data-input]");
  const node = row?.closest<HTMLElement>("[data-node]")?.dataset.node;
  return row?.dataset.input === undefined || node === undefined ? null : { node, input: row.dataset.input };
}

/** Inputs of a node that are drawn as sockets though they have a widget. */
export function asSockets(app: App, node: string): string[] {
  const { sockets } = lookOf(app.document.document, node);
  return Array.isArray(sockets) ? sockets : [];
}

function look(node: string, sockets: string[]): Operation {
  return { op: "set_look", node, key: "sockets", value: sockets.length > 0 ? sockets : null };
}

export const inputCommands: Command[] = [
  {
    id: "input.socket",
    title: "Widget to socket, and back",
    group: "Node",
    keys: ["Alt+KeyI"],
    places: ["input"],
    inFields: true,
    enabled(app) {
      const at = inputAt(app);
      const spec =
        at === null ? undefined : app.registry.find(app.document.document.nodes[at.node]?.type ?? "");
      const input = at === null ? undefined : spec?.input(at.input);
      return input !== undefined && !input.many && widgetKind(input) !== null;
    },
    run(app) {
      const at = inputAt(app);
      if (at === null) return;
      const sockets = asSockets(app, at.node);
      const without = sockets.filter((one) => one !== at.input);
      app.document.edit(look(at.node, without.length < sockets.length ? without : [...sockets, at.input]));
    },
  },
  {
    id: "input.widgets",
    title: "Show all inputs as widgets again",
    group: "Node",
    enabled: (app) => [...app.view.getState().selection].some((id) => asSockets(app, id).length > 0),
    run(app) {
      const nodes = [...app.view.getState().selection].filter((id) => asSockets(app, id).length > 0);
      app.document.edit(...nodes.map((node) => look(node, [])));
    },
  },
];
