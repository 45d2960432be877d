/** Which problem of the document is a node's, or an input's. */
import type { Problem } from "../api/types";

export interface SocketProblem {
  message: string;
  input: string | null;
}

const found = new WeakMap<readonly Problem[], Map<string, SocketProblem>>();

/** The first problem of a node; null if there is none. The same object for the same problems. */
export function problemOf(problems: readonly Problem[], node: string): SocketProblem | null {
  let byNode = found.get(problems);
  if (byNode === undefined) {
    byNode = new Map();
    for (const one of problems) {
      if (one.node == null || byNode.has(one.node)) continue;
      byNode.set(one.node, { message: problemText(one), input: one.input ?? null });
    }
    found.set(problems, byNode);
  }
  return byNode.get(node) ?? null;
}

export function problemText({ message, expected, got, nearest }: Problem): string {
  const parts = [message];
  if (expected) parts.push(`expected ${expected}`);
  if (got) parts.push(`got ${got}`);
  if (nearest) parts.push(`did you mean ${nearest}?`);
  return parts.join(", ");
}
