/** Seeds: whole numbers that JavaScript holds exactly. */
export const LARGEST_SEED = Number.MAX_SAFE_INTEGER;

/** A new seed, short enough to read out. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0] ?? 0;
}
