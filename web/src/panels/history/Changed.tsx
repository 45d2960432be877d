/** What differs between an earlier revision and now, in a few lines. */
import { useEffect, useState } from "react";
import type { Difference } from "../../api/types";
import { useApp } from "../../app/context";

export function Changed({ name, from, to }: { name: string; from: number; to: number }) {
  const app = useApp();
  const [found, setFound] = useState<Difference | null>(null);
  useEffect(() => {
    let current = true;
    app.api.difference(name, from, to).then(
      (difference) => current && setFound(difference),
      (error: Error) => current && app.tell(error.message, "error"),
    );
    return () => {
      current = false;
    };
  }, [app, name, from, to]);
  if (found === null) return null;
  const lines = linesOf(found);
  return (
    <ul className="history-changed" aria-label="changed since">
      {lines.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}

function linesOf(found: Difference): string[] {
  const list = (names: readonly string[]): string =>
    names.slice(0, 6).join(", ") + (names.length > 6 ? ", …" : "");
  const inputs = found.inputs.map((one) => `${String(one.node)}.${String(one.input)}`);
  const lines = [
    found.added.length > 0 && `since then added: ${list(found.added)}`,
    found.removed.length > 0 && `since then removed: ${list(found.removed)}`,
    inputs.length > 0 && `other values now: ${list(inputs)}`,
    found.links.length > 0 && `${found.links.length} links differ`,
    found.renamed.length > 0 && `${found.renamed.length} renamed`,
    found.moved.length > 0 && `${found.moved.length} moved`,
  ].filter((one) => one !== false);
  return lines.length > 0 ? lines : ["no difference to what is there now"];
}
