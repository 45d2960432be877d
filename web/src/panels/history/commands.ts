/** The history, as a list or as a tree. */
import type { Command } from "../../commands/registry";

export const historyCommands: Command[] = [
  {
    id: "history.tree",
    title: "Undo tree",
    group: "View",
    keys: ["Shift+h"],
    enabled: (app) => app.document.store.getState().name !== null,
    run: (app) => app.ui.setState({ panel: "history", history: "tree" }),
  },
  {
    id: "history.list",
    title: "Revisions as a list",
    group: "View",
    enabled: (app) => app.document.store.getState().name !== null,
    run: (app) => app.ui.setState({ panel: "history", history: "list" }),
  },
];
