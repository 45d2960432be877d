/** A row of the undo tree: what was done, by whom and when, and what a run made of it. */
import { useApp } from "../../app/context";
import { timeText } from "./timeText";
import type { StateRow, TreeRow } from "./tree";
import { whoText } from "./who";

interface Props {
  id: string;
  row: TreeRow;
  top: number;
  height: number;
  active: boolean;
  me: string;
  choose(): void;
  turn(): void;
}

const INDENT = 16;
const DEEPEST = 8; // levels that are still set further in

export function StateLine({ id, row, top, height, active, me, choose, turn }: Props) {
  const app = useApp();
  const depth = Math.min(row.level - 1, DEEPEST);
  const left = depth * INDENT;
  const now = row.kind === "state" && row.now;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys of all its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the tree has the keyboard, and says which row it is at
    <div
      className="state-row"
      role="treeitem"
      id={id}
      data-state={row.kind === "state" ? row.step.state : undefined}
      data-kind={row.kind}
      data-now={now}
      data-looks={row.kind === "state" && row.step.looks}
      aria-level={row.level}
      aria-posinset={row.at}
      aria-setsize={row.of}
      aria-expanded={row.open}
      aria-selected={active}
      aria-current={now ? "step" : undefined}
      style={{ top, height, paddingLeft: left + 22 }}
      onClick={choose}
    >
      {Array.from({ length: depth + 1 }, (_, at) => (
        <span
          key={at}
          className="state-rail"
          data-begins={at === depth && row.begins}
          data-ends={at === depth && row.ends}
          style={{ left: at * INDENT + 9 }}
          aria-hidden="true"
        />
      ))}
      {row.begins && depth > 0 && (
        <span className="state-join" style={{ left: left - INDENT + 9, width: INDENT }} aria-hidden="true" />
      )}
      <span className="state-dot" style={{ left: left + 4 }} aria-hidden="true" />
      {row.kind === "fold" ? (
        <span className="state-text">
          <span className="state-did muted">
            {row.open ? "Fold" : "Show"} {row.count} steps between
          </span>
        </span>
      ) : (
        <>
          <span className="state-text">
            <span className="state-did">{row.text}</span>
            <span className="state-when">
              {row.step.kind === "create" ? "" : `${whoText(row.step.client, me)} · `}
              {timeText(row.step.at)}
              {row.before.length > 0 && ` · ${row.before.length + 1} times`}
              {now && " · now"}
            </span>
          </span>
          {row.open !== undefined && (
            <button
              type="button"
              className="state-more"
              tabIndex={-1}
              aria-hidden="true"
              onClick={(event) => {
                event.stopPropagation();
                turn();
              }}
            >
              {row.open ? "▾" : "▸"} {moreText(row)}
            </button>
          )}
          {row.picture !== null && (
            <img src={app.api.thumbnailUrl(row.picture, 64)} alt="" width="36" height="36" loading="lazy" />
          )}
        </>
      )}
    </div>
  );
}

function moreText({ branches, before }: StateRow): string {
  if (branches > 0) return branches === 1 ? "1 branch" : `${branches} branches`;
  return `${before.length + 1}`;
}
