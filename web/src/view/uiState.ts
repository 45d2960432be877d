/** The editor's own state: theme, open panel, dialogs, messages. Theme and panel outlive the page. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Point } from "./geometry";
import type { Connecting } from "./viewState";

export type Theme = "system" | "dark" | "light";
export type Tone = "note" | "error" | "good";

export interface Toast {
  id: number;
  text: string;
  tone: Tone;
}

/** Where the search for a node was opened, and what its new node is to be linked to. */
export interface AddSearch {
  screen: Point;
  canvas: Point;
  link: Connecting | null;
}

export interface UiState {
  theme: Theme;
  /** what the theme comes to, with the system's wish */
  shade: "dark" | "light";
  /** the panel open in the dock */
  panel: string | null;
  /** the history as a list of revisions, or as a tree of states */
  history: "list" | "tree";
  palette: boolean;
  addSearch: AddSearch | null;
  /** the node type whose help is open */
  help: string | null;
  menu: {
    screen: Point;
    canvas: Point;
    node: string | null;
    input: string | null;
    /** the link that it was opened on */
    edge?: string | null;
  } | null;
  toasts: readonly Toast[];
  /** open documents, as tabs */
  tabs: readonly string[];
  /** the node whose links are open */
  links: string | null;
  /** the node whose failure is open */
  failure: string | null;
  /** the list of problems, the table of keys: open or not */
  problems: boolean;
  keys: boolean;
  /** what the live region says */
  said: string;
  /** the workflow as a form, not a graph; null: as the screen's width suggests */
  form: boolean | null;
  /** nodes have the colour of the time they took */
  heat: boolean;
  /** the station of the tour; null: none is under way */
  tour: number | null;
  /** the tour was taken or refused */
  toured: boolean;
  /** how often the program was asked to be written anew */
  rewritten: number;
  /** the first document was chosen: what is empty now is meant to be */
  ready: boolean;
}

const KEY = "loom.ui";
type Kept = Pick<UiState, "theme" | "panel" | "tabs" | "form" | "heat" | "toured" | "history">;

export function createUiStore(storage: Storage): StoreApi<UiState> {
  const kept = read(storage);
  const store = createStore<UiState>(() => ({
    theme: "system",
    shade: "dark",
    panel: null,
    history: "list",
    palette: false,
    addSearch: null,
    help: null,
    menu: null,
    toasts: [],
    tabs: [],
    links: null,
    failure: null,
    problems: false,
    keys: false,
    said: "",
    form: null,
    heat: false,
    tour: null,
    toured: false,
    rewritten: 0,
    ready: false,
    ...kept,
  }));
  store.subscribe(({ theme, panel, tabs, form, heat, toured, history }, was) => {
    const kept: Kept = { theme, panel, tabs, form, heat, toured, history };
    const keys = Object.keys(kept) as (keyof Kept)[];
    if (keys.some((key) => kept[key] !== was[key])) storage.setItem(KEY, JSON.stringify(kept));
  });
  return store;
}

function read(storage: Storage): Partial<Kept> {
  try {
    return JSON.parse(storage.getItem(KEY) ?? "{}") as Partial<Kept>;
  } catch {
    return {};
  }
}

/** Show a message for a while; the same one again takes the place of the first. */
export function toast(store: StoreApi<UiState>, text: string, tone: Tone = "note"): void {
  const id = Date.now() + Math.random();
  const others = store.getState().toasts.filter((one) => one.text !== text);
  store.setState({ toasts: [...others.slice(-3), { id, text, tone }] });
  setTimeout(() => dismiss(store, id), tone === "error" ? 9000 : 4500);
}

export function dismiss(store: StoreApi<UiState>, id: number): void {
  store.setState({ toasts: store.getState().toasts.filter((one) => one.id !== id) });
}
