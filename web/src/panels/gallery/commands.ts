/** What can be done with the picture that is open in large. */
import type { Picture } from "../../api/types";
import type { App } from "../../app/services";
import type { Command } from "../../commands/registry";
import { type Reused, reuse } from "../../document/reuse";
import { createDocument } from "../../shell/documents";
import { placeFile } from "../files/place";
import { originOf, pinOf } from "../origin";

export function shownPicture(app: App): Picture | null {
  const { lightbox } = app.results.getState();
  return lightbox?.pictures[lightbox.at] ?? null;
}

/** Its keys are single letters: not while the palette lies over it and takes them. */
const isOpen = (app: App): boolean => shownPicture(app) !== null && !app.ui.getState().palette;
const hasGraph = (app: App): boolean => isOpen(app) && app.document.store.getState().name !== null;

/** The next picture, the last one, or with `by` −1 the one before. */
function turn(app: App, by: number): void {
  const { lightbox } = app.results.getState();
  if (lightbox === null) return;
  const at = Math.max(0, Math.min(lightbox.pictures.length - 1, lightbox.at + by));
  app.results.setState({ lightbox: { ...lightbox, at } });
}

async function take(app: App, what: Reused): Promise<void> {
  const picture = shownPicture(app);
  if (picture === null) return;
  const made = await originOf(app.api, picture.run);
  const operations = reuse(app.document.document, made, app.registry, what);
  const named = what === "all" ? "settings" : what;
  if (operations.length === 0)
    return app.tell(`The ${named} are the same already, or fit no node here`, "note");
  if (app.document.edit(...operations))
    app.tell(`${operations.length} ${operations.length === 1 ? "input" : "inputs"} taken over`, "good");
}

async function replaceShown(app: App, change: (picture: Picture) => Promise<Picture | null>): Promise<void> {
  const picture = shownPicture(app);
  if (picture === null) return;
  const changed = await change(picture);
  const { lightbox } = app.results.getState();
  if (lightbox === null) return;
  const same = (one: Picture): boolean => one.digest === picture.digest && one.run === picture.run;
  const pictures = lightbox.pictures.flatMap((one) => (same(one) ? (changed ?? []) : one));
  const at = Math.min(lightbox.at, pictures.length - 1);
  app.results.setState({ lightbox: pictures.length === 0 ? null : { pictures, at } });
  app.runner.store.setState((state) => ({ changes: state.changes + 1 }));
}

async function pin(app: App, which: "a" | "b"): Promise<void> {
  const picture = shownPicture(app);
  if (picture === null) return;
  const pinned = await pinOf(app.api, picture.run, picture.url, picture.name);
  app.results.setState({ [which]: pinned });
  const { a, b } = app.results.getState();
  if (a !== null && b !== null) app.results.setState({ lightbox: null, comparing: true });
  else app.tell(`Held as ${which.toUpperCase()}; choose ${which === "a" ? "B" : "A"} to compare`, "note");
}

const GROUP = "Picture";

export const pictureCommands: Command[] = [
  {
    id: "picture.next",
    title: "Next picture",
    group: GROUP,
    keys: ["ArrowRight"],
    inFields: true,
    enabled: isOpen,
    run: (app) => turn(app, 1),
  },
  {
    id: "picture.previous",
    title: "Picture before",
    group: GROUP,
    keys: ["ArrowLeft"],
    inFields: true,
    enabled: isOpen,
    run: (app) => turn(app, -1),
  },
  {
    id: "picture.favourite",
    title: "Favourite",
    group: GROUP,
    keys: ["s"],
    inFields: true,
    enabled: isOpen,
    run: (app) =>
      replaceShown(app, async (picture) => {
        const favourite = !picture.favourite;
        await app.api.setFavourite(picture.digest, favourite);
        return { ...picture, favourite };
      }),
  },
  {
    id: "picture.send",
    title: "Send to a node",
    group: GROUP,
    enabled: hasGraph,
    async run(app) {
      const picture = shownPicture(app);
      if (picture === null) return;
      const file = new File([await app.api.bytes(picture.url)], picture.name, { type: picture.mime });
      await placeFile(app, file, { select: true });
      app.results.setState({ lightbox: null });
    },
  },
  {
    id: "picture.seed",
    title: "Use its seed",
    group: GROUP,
    enabled: hasGraph,
    run: (app) => take(app, "seed"),
  },
  {
    id: "picture.prompt",
    title: "Use its prompt",
    group: GROUP,
    enabled: hasGraph,
    run: (app) => take(app, "prompt"),
  },
  {
    id: "picture.all",
    title: "Use all its settings",
    group: GROUP,
    enabled: hasGraph,
    run: (app) => take(app, "all"),
  },
  {
    id: "picture.graph",
    title: "Open its graph",
    group: GROUP,
    enabled: isOpen,
    async run(app) {
      const picture = shownPicture(app);
      if (picture === null) return;
      await createDocument(app, picture.workflow || "workflow", await originOf(app.api, picture.run));
      app.results.setState({ lightbox: null });
    },
  },
  {
    id: "picture.a",
    title: "Compare: hold as A",
    group: GROUP,
    enabled: isOpen,
    run: (app) => pin(app, "a"),
  },
  {
    id: "picture.b",
    title: "Compare: hold as B",
    group: GROUP,
    enabled: isOpen,
    run: (app) => pin(app, "b"),
  },
  {
    id: "picture.delete",
    title: "Delete the picture",
    group: GROUP,
    enabled: isOpen,
    run: (app) =>
      replaceShown(app, async (picture) => {
        await app.api.deletePicture(picture.digest);
        return null;
      }),
  },
];
