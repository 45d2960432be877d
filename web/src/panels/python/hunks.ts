/**
 * How two texts differ, by lines, and what comes of a text that two have changed. Pure.
 */

/** Lines `from` to `to` of the one text are `lines` in the other. */
export interface Hunk {
  from: number;
  to: number;
  lines: readonly string[];
}

const MOST_COMPARED = 4_000_000; // pairs of lines; beyond, what differs is one hunk

export function hunks(before: string, after: string): Hunk[] {
  const a = before.split("\n");
  const b = after.split("\n");
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start += 1;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a.at(-1 - end) === b.at(-1 - end)) end += 1;
  const left = a.slice(start, a.length - end);
  const right = b.slice(start, b.length - end);
  if (left.length === 0 && right.length === 0) return [];
  if (left.length * right.length > MOST_COMPARED)
    return [{ from: start, to: start + left.length, lines: right }];
  return between(left, right).map((one) => ({ ...one, from: one.from + start, to: one.to + start }));
}

/** By the longest common sequence of lines. */
function between(a: readonly string[], b: readonly string[]): Hunk[] {
  const width = b.length + 1;
  const common = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => common[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1)
    for (let j = b.length - 1; j >= 0; j -= 1)
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const found: Hunk[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [from, first] = [i, j];
    while ((i < a.length || j < b.length) && !(i < a.length && j < b.length && a[i] === b[j])) {
      if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) i += 1;
      else j += 1;
    }
    if (i > from || j > first) found.push({ from, to: i, lines: b.slice(first, j) });
    while (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    }
  }
  return found;
}

export interface Merged {
  text: string;
  /** both changed the same lines; there theirs stand */
  conflict: boolean;
}

/** What comes of `base` with the changes of both; where they meet, theirs. */
export function merged(base: string, mine: string, theirs: string): Merged {
  const b = hunks(base, theirs);
  const all = hunks(base, mine);
  const a = all.filter((one) => !b.some((other) => meets(one, other)));
  const kept = [...a, ...b].sort((one, other) => one.from - other.from || one.to - other.to);
  const conflict = all.some((one) => b.some((other) => meets(one, other) && !isSame(one, other)));
  return { text: applied(base, kept), conflict };
}

function meets(a: Hunk, b: Hunk): boolean {
  return a.from === b.from || (a.from < b.to && b.from < a.to);
}

function isSame(a: Hunk, b: Hunk): boolean {
  return a.from === b.from && a.to === b.to && a.lines.join("\n") === b.lines.join("\n");
}

function applied(text: string, changes: readonly Hunk[]): string {
  const lines = text.split("\n");
  const made: string[] = [];
  let at = 0;
  for (const one of changes) {
    made.push(...lines.slice(at, one.from), ...one.lines);
    at = one.to;
  }
  return [...made, ...lines.slice(at)].join("\n");
}

/** The pieces of a text that become others: no character more than differs. */
export interface Piece {
  from: number;
  to: number;
  insert: string;
}

export function pieces(before: string, after: string): Piece[] {
  const lines = before.split("\n");
  const starts: number[] = [0];
  for (const line of lines) starts.push((starts.at(-1) as number) + line.length + 1);
  return hunks(before, after).map(({ from, to, lines: into }) => {
    let start = starts[from] as number;
    let end = Math.min(starts[to] as number, before.length);
    let insert = into.map((line) => `${line}\n`).join("");
    if (to === lines.length) {
      // the last line has no break behind it: the one before goes, or comes, along
      if (into.length > 0) insert = insert.slice(0, -1);
      if (into.length === 0 && start > 0) start -= 1;
      if (from === lines.length) insert = `\n${insert}`;
      if (from === lines.length) start = before.length;
      end = before.length;
    }
    const was = before.slice(start, end);
    let head = 0;
    while (head < was.length && head < insert.length && was[head] === insert[head]) head += 1;
    let tail = 0;
    while (
      tail < was.length - head &&
      tail < insert.length - head &&
      was.at(-1 - tail) === insert.at(-1 - tail)
    )
      tail += 1;
    return { from: start + head, to: end - tail, insert: insert.slice(head, insert.length - tail) };
  });
}
