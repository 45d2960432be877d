/** Revisions as a person remembers them: what was done in words, the same thing many times in a row as one. Pure. */
import type { HistoryStep } from "../../api/types";

export interface Group {
  /** the newest of them */
  revision: number;
  at: number;
  did: string;
}

const NEAR = 120; // seconds between two edits of one kind that are shown as one

/** Newest first, as the steps are. */
export function groupsOf(steps: readonly HistoryStep[]): Group[] {
  const groups: (Group & { key: string; last: number })[] = [];
  for (const step of steps) {
    const did = textOf(step);
    const key = `${step.client} ${step.kind} ${did}`;
    const before = groups.at(-1);
    if (before !== undefined && before.key === key && before.last - step.at < NEAR) before.last = step.at;
    else groups.push({ revision: step.revision, at: step.at, did, key, last: step.at });
  }
  return groups.map(({ revision, at, did }) => ({ revision, at, did }));
}

const KINDS: Record<string, string> = {
  restore: "Went back to an earlier revision",
  create: "Began",
  replace: "Written as a whole",
  file: "Changed in its file",
  earlier: "What was before is not kept",
};

/** What was done, as a sentence. */
export function textOf({ kind, did }: Pick<HistoryStep, "kind" | "did">): string {
  const [first, ...rest] = did.map(plain);
  if (first === undefined || KINDS[kind] !== undefined) return KINDS[kind] ?? sentence(kind);
  return sentence(rest.length === 0 ? first : `${first}, and ${rest.length} more`);
}

function plain(did: string): string {
  return did
    .replace(/^set input /, "set ")
    .replace(/^clear input /, "default for ")
    .replace(/^undo of (\d+)$/, "undid revision $1")
    .replace(/^redo of (\d+)$/, "did revision $1 again")
    .replace(/^replace$/, "replaced everything");
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
