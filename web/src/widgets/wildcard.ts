/**
 * Wildcards in a template, as `text.wildcard` reads them (nodes/strings.py): `{red|blue}` is one of its options, picked
 * by BLAKE2b(seed, number of the pick); options may hold wildcards; `\` takes a brace, a bar or a backslash as it is.
 */
import { blake2b } from "@noble/hashes/blake2.js";

type Part = string | Part[][];

/** The template does not read: a brace without its partner. */
export class Unreadable extends Error {}

const DEPTH = 16;

export class Template {
  private at = 0;
  private readonly parts: Part[];

  /** Throws `Unreadable`. */
  constructor(private readonly text: string) {
    this.parts = this.sequence(0);
    if (this.at < text.length) throw new Unreadable(`the '}' at character ${this.at + 1} has no '{'`);
  }

  /** How many different picks there are; texts of theirs may be equal. */
  get variants(): number {
    return count(this.parts);
  }

  /** The text that a seed gives. */
  filled(seed: number): string {
    return fill(this.parts, seed, { picks: 0 });
  }

  private sequence(depth: number): Part[] {
    const parts: Part[] = [];
    while (this.at < this.text.length) {
      const sign = this.text[this.at];
      if (sign === "}" || (sign === "|" && depth > 0)) break;
      if (sign === "{") {
        parts.push(this.options(depth + 1));
        continue;
      }
      if (sign === "\\" && /[{|}\\]/.test(this.text[this.at + 1] ?? "")) this.at += 1;
      parts.push(this.text[this.at] ?? "");
      this.at += 1;
    }
    return parts;
  }

  private options(depth: number): Part[][] {
    const start = this.at;
    if (depth > DEPTH) throw new Unreadable(`at most ${DEPTH} wildcards go within each other`);
    const found: Part[][] = [];
    do {
      this.at += 1; // the opening brace or the bar
      found.push(this.sequence(depth));
      if (this.at === this.text.length) throw new Unreadable(`the '{' at character ${start + 1} has no '}'`);
    } while (this.text[this.at] === "|");
    this.at += 1;
    return found;
  }
}

function count(parts: readonly Part[]): number {
  return parts.reduce(
    (product, part) =>
      typeof part === "string" ? product : product * part.reduce((sum, option) => sum + count(option), 0),
    1,
  );
}

function fill(parts: readonly Part[], seed: number, state: { picks: number }): string {
  let text = "";
  for (const part of parts) {
    if (typeof part === "string") {
      text += part;
      continue;
    }
    const drawn = pick(seed, state.picks, part.length);
    state.picks += 1;
    text += fill(part[drawn] ?? [], seed, state);
  }
  return text;
}

function pick(seed: number, number: number, options: number): number {
  const digest = blake2b(new TextEncoder().encode(`${seed}/${number}`), { dkLen: 16 });
  let value = 0n;
  for (const byte of digest.toReversed()) value = value * 256n + BigInt(byte);
  return Number(value % BigInt(options));
}
