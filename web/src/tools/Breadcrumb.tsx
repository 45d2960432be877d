/** Where the canvas is: the workflow, and the subgraphs that are open in it. */
import { useApp, useDocument } from "../app/context";
import { titleOf } from "../graph/document";
import { leaveTo } from "./subgraphCommands";
import "./breadcrumb.css";

export function Breadcrumb() {
  const app = useApp();
  const inside = useDocument((state) => state.inside);
  const name = useDocument((state) => state.name);
  if (inside.length === 0) return null;
  const places = [titleOf(name ?? ""), ...inside.map(({ node }) => titleOf(node))];
  return (
    <nav className="breadcrumb" aria-label="open subgraphs">
      <ol>
        {places.map((place, depth) => (
          <li key={depth}>
            {depth < places.length - 1 ? (
              <button type="button" onClick={() => leaveTo(app, depth)}>
                {place}
              </button>
            ) : (
              <span aria-current="location">{place}</span>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}
