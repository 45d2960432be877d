/** The queue as a whole: pause it, let it go on, take everything that waits out of it. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";

const paused = (app: App): boolean => app.runner.store.getState().queue?.paused === true;
const touch = (app: App): void => app.runner.store.setState((state) => ({ changes: state.changes + 1 }));

export const queueCommands: Command[] = [
  {
    id: "queue.pause",
    title: "Pause the queue",
    group: "Run",
    enabled: (app) => !paused(app),
    async run(app) {
      await app.api.pauseQueue();
      await app.runner.refreshQueue();
    },
  },
  {
    id: "queue.resume",
    title: "Let the queue go on",
    group: "Run",
    enabled: paused,
    async run(app) {
      await app.api.resumeQueue();
      await app.runner.refreshQueue();
    },
  },
  {
    id: "queue.clear",
    title: "Cancel everything that waits",
    group: "Run",
    enabled: (app) => (app.runner.store.getState().queue?.waiting ?? 0) > 0,
    async run(app) {
      const { runs } = await app.api.runs("status=queued&limit=200");
      for (const run of runs) await app.api.cancelRun(run.id);
      await app.runner.refreshQueue();
      touch(app);
    },
  },
];
