/** The seed of the last run: for a field that draws a new one each time, and whose picture turned out well. */
import type { App } from "../app/services";
import type { Command } from "../commands/registry";
import { reuse } from "../document/reuse";
import { originOf } from "../panels/origin";
import { inputAt } from "./inputCommands";

async function recall(app: App, node: string | null): Promise<void> {
  const { name } = app.document.store.getState();
  if (name === null) return;
  const { runs } = await app.api.runs(`name=${encodeURIComponent(name)}&limit=1`);
  const [last] = runs;
  if (last === undefined) return app.tell("This workflow has not run yet", "note");
  const made = await originOf(app.api, last.id);
  const seeds = reuse(app.document.document, made, app.registry, "seed");
  const wanted = seeds.filter((one) => node === null || ("node" in one && one.node === node));
  if (wanted.length === 0) return app.tell("The seed is that of the last run already", "note");
  if (app.document.edit(...wanted)) app.tell("The seed of the last run", "good");
}

export const seedCommands: Command[] = [
  {
    id: "seed.recall",
    title: "Recall the seed of the last run",
    group: "Node",
    enabled: (app) => app.document.store.getState().name !== null,
    run: (app) => recall(app, inputAt(app)?.node ?? null),
  },
];
