/**
 * Edits that the server has not confirmed, kept in this browser, so that a killed tab or a lost server loses nothing.
 * Written before an edit is shown. Each tab has its own box; one that a dead tab left is sent by the next that opens
 * the document.
 */
import type { Edit } from "./operations";

const PREFIX = "loom.outbox";

export interface Outbox {
  load(): Edit[];
  save(edits: readonly Edit[]): void;
}

export function outbox(storage: Storage, name: string, client: string): Outbox {
  const key = `${PREFIX}/${name}/${client}`;
  return {
    load: () => read(storage, key),
    save(edits) {
      if (edits.length === 0) storage.removeItem(key);
      else storage.setItem(key, JSON.stringify(edits));
    },
  };
}

/** The boxes of other tabs for a document: their client and their edits. */
export function orphans(storage: Storage, name: string, client: string): { client: string; edits: Edit[] }[] {
  const prefix = `${PREFIX}/${name}/`;
  const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? "");
  return keys
    .filter((key) => key.startsWith(prefix) && key !== prefix + client)
    .map((key) => ({ client: key.slice(prefix.length), edits: read(storage, key) }));
}

export function discard(storage: Storage, name: string, client: string): void {
  storage.removeItem(`${PREFIX}/${name}/${client}`);
}

function read(storage: Storage, key: string): Edit[] {
  try {
    const found = JSON.parse(storage.getItem(key) ?? "[]") as unknown;
    return Array.isArray(found) ? (found as Edit[]) : [];
  } catch {
    return [];
  }
}
