/** Which view of the workflow is on show. */
import type { Command } from "../../commands/registry";

export const formCommands: Command[] = [
  {
    id: "view.form",
    title: "Show as a form",
    group: "View",
    keys: ["Alt+f"],
    run: (app) => app.ui.setState({ form: true }),
  },
  {
    id: "view.graph",
    title: "Show as a graph",
    group: "View",
    keys: ["Alt+g"],
    run: (app) => app.ui.setState({ form: false }),
  },
];
