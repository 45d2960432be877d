/** The workflow as a Python program: to the clipboard, to a file, written anew. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";

const hasDocument = (app: App): boolean => app.document.store.getState().name !== null;
const isOpen = (app: App): boolean => hasDocument(app) && app.ui.getState().panel === "python";

export const pythonCommands: Command[] = [
  {
    id: "python.copy",
    title: "Copy as a Python program",
    group: "File",
    enabled: hasDocument,
    run: async (app) => (await import("./export")).copyProgram(app),
  },
  {
    id: "python.save",
    title: "Save as a Python program",
    group: "File",
    places: ["canvas"],
    enabled: hasDocument,
    run: async (app) => (await import("./export")).saveProgram(app),
  },
  {
    id: "python.rewrite",
    title: "Write the program anew, as the workflow is",
    group: "Python",
    enabled: isOpen,
    run: (app) => app.ui.setState(({ rewritten }) => ({ rewritten: rewritten + 1 })),
  },
];
