/** The last pictures of this workflow; one opens in large. */
import { useEffect, useState } from "react";
import type { Picture } from "../../api/types";
import { useApp, useDocument, useRuns } from "../../app/context";

const MOST = 8;

export function Recent() {
  const app = useApp();
  const changes = useRuns((state) => state.changes);
  const workflow = useDocument((state) => state.view.name ?? state.name);
  const [pictures, setPictures] = useState<readonly Picture[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` asks again
  useEffect(() => {
    if (workflow === null) return;
    let current = true;
    app.api.pictures({ workflow }).then(
      (found) => current && setPictures(found.pictures.slice(0, MOST)),
      () => {},
    );
    return () => {
      current = false;
    };
  }, [app, workflow, changes]);
  if (pictures.length === 0) return null;
  return (
    <ul className="form-recent" aria-label="last pictures">
      {pictures.map((one, at) => (
        <li key={`${one.digest} ${one.run}`}>
          <button type="button" onClick={() => app.results.setState({ lightbox: { pictures, at } })}>
            <img src={one.thumbnail} alt={one.text || one.name} loading="lazy" />
          </button>
        </li>
      ))}
    </ul>
  );
}
