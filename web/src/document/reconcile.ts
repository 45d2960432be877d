/**
 * What a person sees, and what the server has confirmed: `base` is the server's document, `pending` the edits that it has
 * not answered yet, `view` is base with the pending edits done. Pure functions from one such state to the next.
 */
import { EMPTY, type WorkflowDocument } from "../graph/document";
import { apply, Refused } from "./apply";
import { type Change, replayed, same, Unreachable } from "./changes";
import type { Edit } from "./operations";

export interface Live {
  revision: number;
  base: WorkflowDocument;
  pending: readonly Edit[];
  view: WorkflowDocument;
}

export const NOTHING: Live = { revision: 0, base: EMPTY, pending: [], view: EMPTY };

/** An entry of the server's log. */
export interface Entry {
  revision: number;
  client: string;
  id: string;
  changes: Change[];
}

/** The server's whole document, in place of what we had. */
export function started(state: Live, revision: number, base: WorkflowDocument): Live {
  return { revision, base, pending: state.pending, view: viewOf(base, state.pending) };
}

/** An edit of this client, shown at once. Throws `Refused` if it makes no sense. */
export function edited(state: Live, edit: Edit): Live {
  const { document } = apply(state.view, edit.operations);
  return { ...state, pending: [...state.pending, edit], view: document };
}

/** The server took an edit, of this client or of another. Throws `Unreachable` if we are out of step. */
export function entered(state: Live, entry: Entry): Live {
  if (entry.revision <= state.revision) return state;
  if (entry.revision !== state.revision + 1) throw new Unreachable(`revision ${entry.revision}`);
  const base = replayed(state.base, entry.changes);
  const first = state.pending[0];
  const pending = state.pending.filter((edit) => edit.id !== entry.id);
  if (
    pending.length === 0 &&
    first?.id === entry.id &&
    state.pending.length === 1 &&
    same(base, state.view)
  ) {
    return { revision: entry.revision, base: state.view, pending, view: state.view };
  }
  return { revision: entry.revision, base, pending, view: viewOf(base, pending) };
}

/** The server has, or will never have, an edit: it is pending no more. */
export function settled(state: Live, id: string): Live {
  if (!state.pending.some((edit) => edit.id === id)) return state;
  const pending = state.pending.filter((edit) => edit.id !== id);
  return { ...state, pending, view: viewOf(state.base, pending) };
}

/** Pending edits done on a document; one that makes no sense there is passed over: the server will refuse it. */
export function viewOf(base: WorkflowDocument, pending: readonly Edit[]): WorkflowDocument {
  return pending.reduce((at, edit) => {
    try {
      return apply(at, edit.operations).document;
    } catch (error) {
      if (error instanceof Refused || error instanceof Unreachable) return at;
      throw error;
    }
  }, base);
}
