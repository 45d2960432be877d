/** Documents as tabs: a new one, the next one, close. Each has its own undo, which the server keeps. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import { closeTab, createDocument, openDocument } from "../shell/documents";

const current = (app: App): string | null => app.document.store.getState().name;

function step(app: App, by: number): void {
  const { tabs } = app.ui.getState();
  const at = tabs.indexOf(current(app) ?? "");
  const next = tabs[(at + by + tabs.length) % tabs.length];
  if (next !== undefined) openDocument(app, next);
}

export const tabCommands: Command[] = [
  {
    id: "tab.new",
    title: "New workflow",
    group: "Workflow",
    keys: ["Alt+KeyN"],
    run: async (app) => void (await createDocument(app, "workflow")),
  },
  {
    id: "tab.next",
    title: "Next workflow",
    group: "Workflow",
    keys: ["Alt+PageDown"],
    enabled: (app) => app.ui.getState().tabs.length > 1,
    run: (app) => step(app, 1),
  },
  {
    id: "tab.previous",
    title: "Previous workflow",
    group: "Workflow",
    keys: ["Alt+PageUp"],
    enabled: (app) => app.ui.getState().tabs.length > 1,
    run: (app) => step(app, -1),
  },
  {
    id: "tab.close",
    title: "Close this workflow",
    group: "Workflow",
    keys: ["Alt+Shift+KeyW"],
    enabled: (app) => current(app) !== null,
    run(app) {
      const name = current(app);
      if (name !== null) closeTab(app, name);
    },
  },
];
