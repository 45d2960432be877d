/** Names that the server gives to uploads. */

/** The digest of an upload by the name that nodes use for it; null for any other input file. */
export function uploadDigest(input: unknown): string | null {
  const found = typeof input === "string" ? /^uploads\/([0-9a-f]{64})\.[a-z]+$/.exec(input) : null;
  return found?.[1] === undefined ? null : `sha256:${found[1]}`;
}
