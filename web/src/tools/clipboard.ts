/** The system's clipboard: by its own events, which need no permission; by menu, as far as the browser allows. */
import type { App } from "../app/services";
import { frameAt } from "../canvas/membership";
import type { Command } from "../commands/registry";
import { removeNodes, rounded } from "../document/edits";
import type { Position } from "../document/operations";
import type { Point } from "../view/geometry";
import { type Clip, clipOf, cornerOf, pasted, readClip } from "./clip";

const KEPT = "loom.clip"; // for menus, where a browser does not let a page read the clipboard
const STEP: Position = [40, 40];

const openName = (app: App): string => app.document.store.getState().name ?? "";
const selection = (app: App): ReadonlySet<string> => app.view.getState().selection;
const anything = (app: App): boolean => selectionClip(app) !== null;

export function selectionClip(app: App): Clip | null {
  return clipOf(app.document.document, selection(app), openName(app));
}

/** Put the selection into a clip's text and keep it; null if nothing is selected. */
export function copied(app: App): string | null {
  const clip = selectionClip(app);
  if (clip === null) return null;
  const text = JSON.stringify(clip, null, 1);
  try {
    localStorage.setItem(KEPT, text);
  } catch {
    // too large to keep: the system's clipboard has it
  }
  return text;
}

export function removeSelection(app: App): void {
  const ids = new Set(selection(app));
  if (app.document.edit(...removeNodes(app.document.document, ids)))
    app.view.setState({ selection: new Set() });
}

/** Put a clip into the open document, its corner at `at`, and select it. One step of undo. */
export function pasteClip(app: App, clip: Clip, at: Point | null): boolean {
  const corner = cornerOf(clip);
  const offset: Position =
    at === null || corner === null ? STEP : rounded([at[0] - corner[0], at[1] - corner[1]]);
  const frame = at === null ? undefined : frameAt(app.scene(), at);
  const made = pasted(app.document.document, clip, { offset, frame, into: openName(app) });
  if (!app.document.edit(...made.operations)) return false;
  app.view.setState({ selection: made.ids });
  return true;
}

async function readText(): Promise<string> {
  try {
    const text = await navigator.clipboard.readText();
    if (readClip(text) !== null) return text;
  } catch {
    // not allowed, or no secure context: what was copied here last
  }
  return localStorage.getItem(KEPT) ?? "";
}

export async function writeText(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const fill = (event: ClipboardEvent): void => {
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    addEventListener("copy", fill, { capture: true, once: true });
    document.execCommand("copy");
    removeEventListener("copy", fill, { capture: true });
  }
}

export const clipboardCommands: Command[] = [
  {
    id: "cut",
    title: "Cut",
    group: "Edit",
    keys: ["$mod+x"],
    native: true,
    places: ["node", "frame"],
    enabled: anything,
    async run(app) {
      const text = copied(app);
      if (text === null) return;
      await writeText(text);
      removeSelection(app);
    },
  },
  {
    id: "copy",
    title: "Copy",
    group: "Edit",
    keys: ["$mod+c"],
    native: true,
    places: ["node", "frame"],
    enabled: anything,
    async run(app) {
      const text = copied(app);
      if (text !== null) await writeText(text);
    },
  },
  {
    id: "paste",
    title: "Paste",
    group: "Edit",
    keys: ["$mod+v"],
    native: true,
    places: ["canvas"],
    enabled: (app) => openName(app) !== "",
    async run(app) {
      const at = app.ui.getState().menu?.canvas ?? app.canvas.current?.centre() ?? null;
      const clip = readClip(await readText());
      if (clip === null) app.tell("There are no nodes in the clipboard", "note");
      else pasteClip(app, clip, at);
    },
  },
  {
    id: "duplicate",
    title: "Duplicate",
    group: "Edit",
    keys: ["$mod+d"],
    places: ["node", "frame"],
    enabled: anything,
    run(app) {
      const clip = selectionClip(app);
      if (clip === null) return;
      const outside = Object.values(clip.nodes).filter(
        (one) => one.in === undefined || !(one.in in clip.nodes),
      );
      const homes = new Set(outside.map((one) => one.in));
      const home = homes.size === 1 ? [...homes][0] : undefined;
      const made = pasted(app.document.document, clip, { offset: STEP, frame: home, into: openName(app) });
      if (app.document.edit(...made.operations)) app.view.setState({ selection: made.ids });
    },
  },
];
