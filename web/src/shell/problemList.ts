/** All that is wrong with the document, once each: what the live document says, and what its plan met. Pure. */
import type { Problem } from "../api/types";

export function problemList(live: readonly Problem[], plan: readonly Problem[]): Problem[] {
  const seen = new Set<string>();
  return [...live, ...plan].filter((one) => {
    const key = `${one.node ?? ""}.${one.input ?? ""} ${one.message}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** The problem after the one at `at`, round and round; -1 if there is none. */
export function following(count: number, at: number, step: 1 | -1): number {
  return count === 0 ? -1 : (at + step + count) % count;
}
