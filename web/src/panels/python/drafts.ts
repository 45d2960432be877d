/** What of a program does not say a workflow yet, kept by this tab until it does: closing the panel loses nothing. */
import type { Draft } from "./session";

const KEY = "loom.python.";

export function keepDraft(storage: Storage, place: string, draft: Draft | null): void {
  try {
    if (draft === null) storage.removeItem(KEY + place);
    else storage.setItem(KEY + place, JSON.stringify(draft));
  } catch {
    // the storage is full: the text is still in the editor
  }
}

export function draftOf(storage: Storage, place: string): Draft | null {
  try {
    return JSON.parse(storage.getItem(KEY + place) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}
