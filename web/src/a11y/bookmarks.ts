/** Places on the canvas to come back to, nine for each document; this browser keeps them. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import { announce } from "./announce";

interface View {
  x: number;
  y: number;
  zoom: number;
}

const KEY = "loom.places.";
const COUNT = 9;

function placesOf(app: App): { [number: string]: View } {
  const { name } = app.document.store.getState();
  try {
    return JSON.parse(localStorage.getItem(KEY + name) ?? "{}") as { [number: string]: View };
  } catch {
    return {};
  }
}

export const bookmarkCommands: Command[] = Array.from({ length: COUNT }, (_, at) => at + 1).flatMap(
  (number) => [
    {
      id: `place.keep.${number}`,
      title: `Keep this view as ${number}`,
      group: "Go",
      keys: [`Shift+Digit${number}`],
      enabled: (app: App) => app.canvas.current !== null,
      run(app: App) {
        const view = app.canvas.current?.view();
        const { name } = app.document.store.getState();
        if (view === undefined || name === null) return;
        localStorage.setItem(KEY + name, JSON.stringify({ ...placesOf(app), [number]: view }));
        app.tell(`This view is kept: ${number} comes back to it`, "note");
      },
    },
    {
      id: `place.go.${number}`,
      title: `To the view kept as ${number}`,
      group: "Go",
      keys: [`Digit${number}`],
      enabled: (app: App) => placesOf(app)[number] !== undefined,
      run(app: App) {
        const view = placesOf(app)[number];
        if (view === undefined) return;
        app.canvas.current?.goTo(view);
        announce(app, `View ${number}`);
      },
    },
  ],
);
