/** Compare versions, walk through what differs, take something back. */
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { askFile } from "../files/ask";
import { shownPicture } from "../gallery/commands";
import { groupsOf } from "../history/groups";
import { compareVersions, compareWith, sideOfFile, sideOfPicture } from "./sides";

const GROUP = "Versions";
const isComparing = (app: App): boolean => app.results.getState().versions !== null;
const isShown = (app: App): boolean => isComparing(app) && app.results.getState().lightbox === null;
const hasDocument = (app: App): boolean => app.document.store.getState().name !== null;

/** What was done last, as one reads the history: the state before it and now. */
async function sinceLast(app: App): Promise<void> {
  const name = app.document.store.getState().name ?? "";
  const { history } = await app.api.history(name);
  const before = groupsOf(history)[1]?.revision ?? history[0]?.revision ?? 0;
  compareVersions(app, { kind: "revision", revision: before });
}

export const versionCommands: Command[] = [
  {
    id: "versions.compare",
    title: "Compare versions on the canvas",
    group: GROUP,
    keys: ["Shift+d"],
    places: ["canvas"],
    enabled: (app) => hasDocument(app) && !isComparing(app),
    run: sinceLast,
  },
  {
    id: "versions.file",
    title: "Compare with a file…",
    group: GROUP,
    enabled: hasDocument,
    run: (app) =>
      askFile(app, async ([file]) => {
        if (file !== undefined) compareWith(app, await sideOfFile(file));
      }),
  },
  {
    id: "picture.versions",
    title: "Compare its graph with this one",
    group: "Picture",
    enabled: (app) => shownPicture(app) !== null && hasDocument(app),
    async run(app) {
      const picture = shownPicture(app);
      if (picture !== null) compareWith(app, await sideOfPicture(app, picture));
    },
  },
  {
    id: "versions.next",
    title: "Next difference",
    group: GROUP,
    keys: ["n", "F7"],
    enabled: isShown,
    run: (app) => app.stage.current?.step(1),
  },
  {
    id: "versions.previous",
    title: "Difference before",
    group: GROUP,
    keys: ["Shift+n", "Shift+F7"],
    enabled: isShown,
    run: (app) => app.stage.current?.step(-1),
  },
  {
    id: "versions.take",
    title: "Take this difference back, or over",
    group: GROUP,
    keys: ["t"],
    enabled: isShown,
    run: (app) => app.stage.current?.take(),
  },
  {
    id: "versions.swap",
    title: "Swap the versions",
    group: GROUP,
    keys: ["x"],
    enabled: isShown,
    run: (app) =>
      app.results.setState(({ versions }) => ({
        versions: versions && { ...versions, old: versions.new, new: versions.old },
      })),
  },
  {
    id: "versions.list",
    title: "List of differences",
    group: GROUP,
    enabled: isShown,
    run: (app) =>
      app.results.setState(({ versions }) => ({
        versions: versions && { ...versions, list: !versions.list },
      })),
  },
  {
    id: "versions.leave",
    title: "Leave the comparison",
    group: GROUP,
    keys: ["Escape"],
    enabled: isShown,
    run: leave,
  },
];

/** The canvas is seen as it was before. */
function leave(app: App): void {
  const back = app.results.getState().versions?.back ?? null;
  app.results.setState({ versions: null });
  if (back !== null) requestAnimationFrame(() => requestAnimationFrame(() => app.canvas.current?.goTo(back)));
}
