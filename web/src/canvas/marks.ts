/** What is drawn beside a node or a link of which two versions tell different things. Nothing here compares. */

export type Sign = "added" | "removed" | "changed" | "moved";

/** Signs, not colours alone, say what is what. */
export const SIGNS: Record<Sign, string> = { added: "+", removed: "−", changed: "~", moved: "↔" };

/** An input, or something else of a node, that is not what it was; as text. */
export interface MarkedValue {
  name: string;
  before: string;
  after: string;
  /** it is, or was, a link: the links themselves are drawn */
  link: boolean;
}

export interface Mark {
  sign: Sign;
  values: readonly MarkedValue[];
  /** differences inside of what this node stands for: a folded loop, a subgraph */
  inside: number;
}

/** A mark in words. */
export function markText({ sign, values, inside }: Mark): string {
  const parts = values.map(({ name, before, after }) => `${name}: ${before} → ${after}`);
  if (inside > 0) parts.push(`${inside} inside`);
  return parts.length === 0 ? sign : `${sign}: ${parts.join("; ")}`;
}
