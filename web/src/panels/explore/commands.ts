/** Run a grid of values, stop it, put it away. */
import type { JsonObject } from "../../api/types";
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import type { GridCell } from "../../view/results";
import { cellOf, sweepOf } from "./grid";

const GROUP = "Explore";
const AT_ONCE = 8; // requests under way

export const exploreCommands: Command[] = [
  {
    id: "explore.run",
    title: "Run the grid",
    group: GROUP,
    keys: ["$mod+Alt+Enter"],
    inFields: true,
    enabled: (app) => app.results.getState().x !== null && app.document.store.getState().name !== null,
    run: runGrid,
  },
  {
    id: "explore.stop",
    title: "Stop what is left of the grid",
    group: GROUP,
    enabled: (app) => (app.results.getState().grid?.batch ?? null) !== null,
    async run(app) {
      const batch = app.results.getState().grid?.batch ?? null;
      if (batch !== null) await app.api.cancelBatch(batch);
    },
  },
  {
    id: "explore.close",
    title: "Put the grid away",
    group: GROUP,
    enabled: (app) => app.results.getState().grid !== null,
    run: (app) => app.results.setState({ grid: null }),
  },
];

async function runGrid(app: App): Promise<void> {
  const { x, y } = app.results.getState();
  if (x === null) return;
  const workflow = app.document.document as unknown as JsonObject;
  const submitted = await app.api.submit({ workflow, sweep: sweepOf(x, y), mode: "grid" });
  app.results.setState({ grid: { batch: submitted.batch, x, y, cells: [] } });
  const cells: GridCell[] = [];
  for (let at = 0; at < submitted.runs.length; at += AT_ONCE) {
    const runs = await Promise.all(submitted.runs.slice(at, at + AT_ONCE).map((id) => app.api.run(id)));
    for (const run of runs) {
      const cell = cellOf(run.id, run.set, x, y);
      if (cell !== null) cells.push(cell);
    }
    app.results.setState(({ grid }) => (grid === null ? {} : { grid: { ...grid, cells: [...cells] } }));
  }
}
