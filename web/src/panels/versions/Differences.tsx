/** The list of differences: each with what it was and is, and the way to have one of them back. */

import { useApp } from "../../app/context";
import { SIGNS } from "../../canvas/marks";
import { openSubgraph } from "../../tools/subgraphCommands";
import { type Entry, type Line, lineText, type Reading } from "./reading";

interface Props {
  reading: Reading | null;
  entries: readonly Entry[];
  at: Entry | null;
  source: "old" | "new";
  look(entry: Entry): void;
  take(entry: Entry, lines: readonly Line[] | null): void;
}

export function Differences({ reading, entries, at, source, look, take }: Props) {
  const app = useApp();
  const doing = source === "old" ? "Take back" : "Take over";
  return (
    <aside className="differences" aria-label="differences">
      {entries.length === 0 && <p className="muted">No node differs.</p>}
      <ul className="panel-list">
        {entries.map((entry) => (
          <li key={entry.id} data-entry={entry.id} data-sign={entry.sign} data-at={entry === at}>
            <div className="difference-head">
              <button type="button" className="difference-name" onClick={() => look(entry)}>
                <span className="difference-sign" aria-hidden="true">
                  {SIGNS[entry.sign]}
                </span>
                <span>{entry.title}</span>
                <span className="muted">{entry.sign}</span>
              </button>
              <button
                type="button"
                className="button small quiet"
                aria-label={`${doing}: ${entry.title}`}
                onClick={() => take(entry, null)}
              >
                {doing}
              </button>
            </div>
            <ul className="difference-lines">
              {entry.lines.map((line) => (
                <li key={`${line.kind} ${line.name}`}>
                  <span className="difference-line">{lineText(line)}</span>
                  {line.kind === "inside" && (
                    <button
                      type="button"
                      className="button small quiet"
                      aria-label={`Open ${entry.title}`}
                      onClick={() => openSubgraph(app, entry.id)}
                    >
                      Open
                    </button>
                  )}
                  {entry.lines.length > 1 && (
                    <button
                      type="button"
                      className="button small quiet"
                      aria-label={`${doing}: ${entry.title} ${line.name}`}
                      onClick={() => take(entry, [line])}
                    >
                      {doing}
                    </button>
                  )}
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {reading !== null && reading.rest.length > 0 && (
        <p className="muted differences-rest">Also different: {reading.rest.map(restText).join(", ")}</p>
      )}
    </aside>
  );
}

function restText(key: string): string {
  return key.replace(/^ui\./, "").replaceAll("_", " ");
}
