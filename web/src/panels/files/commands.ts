/** Open and save files. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { openFiles } from "./open";

const hasDocument = (app: App): boolean => app.document.store.getState().name !== null;

export const fileCommands: Command[] = [
  {
    id: "file.open",
    title: "Open a workflow or picture file…",
    group: "File",
    keys: ["$mod+o"],
    places: ["canvas"],
    run: (app) => ask("application/json,image/*,.json", (files) => openFiles(app, files), app),
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

function ask(accept: string, then: (files: File[]) => Promise<void>, app: App): void {
  const input = document.createElement("input");
  input.type = "file";
  input.accept = accept;
  input.multiple = true;
  input.onchange = () => {
    then([...(input.files ?? [])]).catch((error: Error) => app.tell(error.message, "error"));
  };
  input.click();
}
