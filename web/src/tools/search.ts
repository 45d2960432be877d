/**
 * The search for a node type: by name, by what it is for, by paper. Pure. Every word of the query must be found; a word
 * at the start of a name counts most, letters strewn over a name ("unden" in unet.denoise) least.
 */
import type { NodeSpec } from "../graph/registry";

/** What of a node type is searched. */
export type Searched = Pick<
  NodeSpec,
  "name" | "label" | "title" | "doc" | "category" | "stage" | "paper" | "examples"
>;

/** The types that a query finds, the best first; all of them, those that most examples use first, if there is none. */
export function ranked<T extends Searched>(specs: readonly T[], query: string): T[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return specs.toSorted((a, b) => b.examples.length - a.examples.length);
  return specs
    .map((spec, at) => ({ spec, at, score: total(spec, words) }))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score || a.at - b.at)
    .map((one) => one.spec);
}

function total(spec: Searched, words: readonly string[]): number {
  const name = spec.name.toLowerCase();
  const label = spec.label.toLowerCase();
  const title = spec.title.toLowerCase();
  const rest = `${spec.stage ?? ""} ${spec.category} ${spec.paper} ${spec.doc}`.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const found = Math.max(
      inName(name, word),
      wordIn(label, word, 80),
      wordIn(title, word, 40),
      wordIn(rest, word, 20),
    );
    if (found === 0) return 0;
    sum += found;
  }
  return sum - name.length / 100;
}

function inName(name: string, word: string): number {
  const parts = name.split(/[._]/);
  if (name === word || parts.includes(word)) return 100;
  if (name.startsWith(word) || parts.some((part) => part.startsWith(word))) return 90;
  if (name.includes(word)) return 70;
  return word.length > 2 && isStrewn(name, word) ? 10 : 0;
}

/** At the start of a word: all of it; within one: half. */
function wordIn(text: string, word: string, worth: number): number {
  const at = text.indexOf(word);
  if (at < 0) return 0;
  const starts = at === 0 || /[^\p{L}\p{N}]/u.test(text[at - 1] ?? "") || startsLater(text, word);
  return starts ? worth : word.length > 2 ? worth / 2 : 0;
}

function startsLater(text: string, word: string): boolean {
  return [" ", "(", "-", ".", "_"].some((before) => text.includes(before + word));
}

/** True if the letters of the word stand in this order in the name, the first one at the start of a part. */
function isStrewn(name: string, word: string): boolean {
  const first = word[0] as string;
  let at = name.startsWith(first) ? 0 : name.search(new RegExp(`[._]${escaped(first)}`)) + 1;
  if (at === 0 && !name.startsWith(first)) return false;
  for (const letter of word) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

function escaped(letter: string): string {
  return letter.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}
