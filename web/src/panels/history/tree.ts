/**
 * States as rows of a tree, the oldest on top. A state goes on with the branch that is newest, in the same column; other
 * branches stand below it, further in. What was done many times in a row is one row, and long runs in which nothing
 * branches and nothing was seen are folded. Pure.
 */
import type { StateStep } from "../../api/types";
import { textOf } from "./groups";

/** A state, with those before it that are one row with it. */
export interface StateRow {
  kind: "state";
  step: StateStep;
  /** the text of what was done; of several, from the first value to the last */
  text: string;
  picture: string | null;
  now: boolean;
  /** other branches begin here */
  branches: number;
  /** those before it that are one row with it, the oldest first */
  before: StateStep[];
}

/** States that are folded. */
export interface FoldRow {
  kind: "fold";
  count: number;
}

export type TreeRow = (StateRow | FoldRow) & {
  key: string;
  level: number;
  /** its place among its siblings, from 1, and how many they are */
  at: number;
  of: number;
  /** undefined: nothing is under it */
  open: boolean | undefined;
  /** it is the first, or the last, of its column: of the tree, of a branch, of what was folded */
  begins: boolean;
  ends: boolean;
};

export interface Asked {
  steps: readonly StateStep[];
  now: number;
  pictures: ReadonlyMap<number, string>;
  /** keys of rows that a person opened or closed, against what is usual */
  turned: ReadonlySet<string>;
}

const NEAR = 120; // seconds between two edits of one kind that are one row
const LONG = 7; // rows that are not worth folding
const ENDS = 2; // rows of a folded run that stay in sight at either end

export function rowsOf({ steps, now, pictures, turned }: Asked): TreeRow[] {
  const children = childrenOf(steps);
  const newest = newestOf(steps);
  const rows: TreeRow[] = [];
  const tip = (step: StateStep): number => newest.get(step.state) ?? step.state;
  const rowOf = (step: StateStep, branches: number): StateRow => ({
    kind: "state",
    step,
    text: stateText(step, step),
    picture: pictures.get(step.state) ?? null,
    now: step.state === now,
    branches,
    before: [],
  });

  /** From a state on along the newest branch, and beside each state the others. */
  const lineFrom = (first: StateStep): Stretch[] => {
    const line: Stretch[] = [];
    let at: StateStep | undefined = first;
    while (at !== undefined) {
      const following: StateStep[] = (children.get(at.state) ?? []).toSorted((a, b) => tip(b) - tip(a));
      const [next, ...aside]: StateStep[] = following;
      const row = rowOf(at, aside.length);
      const last = line.at(-1)?.row;
      if (last !== undefined && isOne(last, row)) {
        row.before = last.before;
        row.before.push(last.step);
        row.text = stateText(row.before[0] ?? at, at);
        line.pop();
      }
      line.push({ row, aside });
      at = next;
    }
    return line;
  };

  const show = ({ row, aside }: Stretch, level: number): TreeRow => {
    const key = `s${row.step.state}`;
    const open = aside.length > 0 ? !turned.has(key) : row.before.length > 0 ? turned.has(key) : undefined;
    const made: TreeRow = { ...row, key, level, open, ...UNPLACED };
    rows.push(made);
    if (open === true) {
      placed(row.before.map((step) => show({ row: rowOf(step, 0), aside: [] }, level + 1)));
      add(aside, level + 1);
    }
    return made;
  };

  const add = (starts: readonly StateStep[], level: number): void => {
    const all: TreeRow[] = [];
    for (const line of starts.map(lineFrom)) {
      const own: TreeRow[] = [];
      for (let at = 0; at < line.length; ) {
        const quiet = quietFrom(line, at);
        const folded = line.slice(at, at + Math.max(1, quiet));
        const [first] = folded;
        if (first === undefined) break;
        if (quiet > LONG) {
          const key = `f${first.row.step.state}`;
          const fold: TreeRow = {
            kind: "fold",
            count: quiet,
            key,
            level,
            open: turned.has(key),
            ...UNPLACED,
          };
          own.push(fold);
          rows.push(fold);
          if (fold.open === true) placed(folded.map((one) => show(one, level + 1)));
          at += quiet;
        } else {
          own.push(show(first, level));
          at += 1;
        }
      }
      placed(own);
      all.push(...own);
    }
    numbered(all);
  };

  add(children.get(null) ?? [], 1);
  return rows;
}

/** A row of a line, and the branches that begin there. */
interface Stretch {
  row: StateRow;
  aside: readonly StateStep[];
}

/** How many rows from here on may be folded: nothing branches, nothing was seen, it is neither now nor an end. */
function quietFrom(line: readonly Stretch[], from: number): number {
  let to = from;
  const isQuiet = (at: number): boolean => {
    const row = line[at]?.row;
    return row !== undefined && row.branches === 0 && row.picture === null && !row.now;
  };
  if (from < ENDS) return 0;
  while (to < line.length - ENDS && isQuiet(to)) to += 1;
  const beside = to < line.length - ENDS ? 1 : 0; // what leads to a branch or a picture stays in sight
  return Math.max(0, to - from - beside);
}

function childrenOf(steps: readonly StateStep[]): Map<number | null, StateStep[]> {
  const found = new Map<number | null, StateStep[]>();
  for (const step of steps) {
    const known = found.get(step.parent);
    if (known === undefined) found.set(step.parent, [step]);
    else known.push(step);
  }
  return found;
}

/** Of each state the newest one that came of it. */
function newestOf(steps: readonly StateStep[]): Map<number, number> {
  const newest = new Map<number, number>();
  for (const { state, parent } of steps.toReversed()) {
    const mine = newest.get(state) ?? state;
    newest.set(state, mine);
    if (parent !== null) newest.set(parent, Math.max(newest.get(parent) ?? parent, mine));
  }
  return newest;
}

/** The same thing again, soon after, with nothing to see between. */
function isOne(last: StateRow, { step, branches }: StateRow): boolean {
  return (
    branches === 0 &&
    last.branches === 0 &&
    last.picture === null &&
    !last.now &&
    last.step.client === step.client &&
    last.step.kind === step.kind &&
    last.step.did.length > 0 &&
    last.step.did.join() === step.did.join() &&
    step.at - last.step.at < NEAR
  );
}

const SHORT = 16; // of an old value that is told beside the new one

/**
 * What led to a state, with the values: "Set cfg.scale 7 → 5"; of several the first and the last one. A long old value
 * is left out, or the new one would not be seen: "Set positive.text → a green heart".
 */
function stateText(first: StateStep, last: StateStep): string {
  const text = textOf(last);
  if (last.value == null || first.value == null) return text;
  const old = valueText(first.value[0]);
  return `${text} ${old.length > SHORT ? "" : `${old} `}→ ${valueText(last.value[1])}`;
}

function valueText(value: unknown): string {
  if (value === null || value === undefined) return "default";
  if (typeof value === "string") return value.length > 40 ? `${value.slice(0, 39)}…` : value || "(empty)";
  if (typeof value === "number") return String(Number(value.toPrecision(7)));
  const link = (value as { from?: unknown }).from;
  return typeof link === "string" ? `from ${link}` : JSON.stringify(value).slice(0, 40);
}

const UNPLACED = { at: 0, of: 0, begins: false, ends: false };

/** A column of rows: its ends, and, if it has no siblings, the places. */
function placed(rows: readonly TreeRow[]): void {
  const [first, last] = [rows[0], rows.at(-1)];
  if (first !== undefined) first.begins = true;
  if (last !== undefined) last.ends = true;
  numbered(rows);
}

function numbered(rows: readonly TreeRow[]): void {
  rows.forEach((row, index) => {
    row.at = index + 1;
    row.of = rows.length;
  });
}
