/** The canvas in the colours of time, and back. */
import type { Command } from "../../commands/registry";

const PANEL = "times";

export const timeCommands: Command[] = [
  {
    id: "view.heat",
    title: "Time heat map: where the seconds went",
    group: "View",
    keys: ["h"],
    places: ["canvas"],
    enabled: (app) => app.document.store.getState().name !== null,
    run(app) {
      const { heat, panel } = app.ui.getState();
      if (heat) return app.ui.setState({ heat: false, panel: panel === PANEL ? null : panel });
      const room = matchMedia("(width > 900px)").matches; // for the list beside the canvas
      app.ui.setState({ heat: true, form: false, panel: room ? PANEL : panel });
    },
  },
];
