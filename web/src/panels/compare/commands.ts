/** Two runs side by side: pin what is on show, compare with the run before it. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { pinOf } from "../origin";

const GROUP = "Compare";

export const compareCommands: Command[] = [
  {
    id: "compare.last",
    title: "Compare the last two runs",
    group: GROUP,
    keys: ["Shift+c"],
    enabled: (app) => app.document.store.getState().name !== null,
    run: lastTwo,
  },
  {
    id: "compare.swap",
    title: "Swap A and B",
    group: GROUP,
    enabled: isComparing,
    run: (app) => app.results.setState(({ a, b }) => ({ a: b, b: a })),
  },
  {
    id: "compare.close",
    title: "End the comparison",
    group: GROUP,
    keys: ["Escape"],
    enabled: isComparing,
    run: (app) => app.results.setState({ comparing: false, a: null, b: null }),
  },
];

function isComparing(app: App): boolean {
  return app.results.getState().comparing;
}

/** The newest two runs of this workflow that made a picture: A the older, B the newer. */
async function lastTwo(app: App): Promise<void> {
  const { document } = app.document;
  const name = document.name ?? app.document.store.getState().name ?? "";
  const { runs } = await app.api.runs(`name=${encodeURIComponent(name)}&status=done&limit=20`);
  const made = runs.flatMap((run) => {
    const file = run.artifacts.find((one) => one.mime.startsWith("image/"));
    return file === undefined ? [] : [{ run: run.id, file }];
  });
  const [newer, older] = made;
  if (newer === undefined || older === undefined)
    throw new Error("two runs with pictures are needed to compare");
  const [a, b] = await Promise.all(
    [older, newer].map(({ run, file }) => pinOf(app.api, run, file.url, file.name)),
  );
  app.results.setState({ a: a ?? null, b: b ?? null, comparing: true });
}
