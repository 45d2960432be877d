/** Open and save files. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { askFile } from "./ask";
import { openFiles } from "./open";

const hasDocument = (app: App): boolean => app.document.store.getState().name !== null;

export const fileCommands: Command[] = [
  {
    id: "file.open",
    title: "Open a workflow or picture file…",
    group: "File",
    keys: ["$mod+o"],
    places: ["canvas"],
    run: (app) =>
      askFile(app, (files) => openFiles(app, files), {
        accept: "application/json,image/*,.json,.py",
        multiple: true,
      }),
  },
  {
    id: "file.png",
    title: "Save as a picture with the graph in it",
    group: "File",
    keys: ["$mod+Shift+s"],
    places: ["canvas"],
    enabled: hasDocument,
    run: async (app) => (await import("./export")).exportPng(app),
  },
  {
    id: "file.json",
    title: "Save as JSON",
    group: "File",
    keys: ["$mod+s"],
    places: ["canvas"],
    enabled: hasDocument,
    run: async (app) => (await import("./export")).exportJson(app),
  },
];
