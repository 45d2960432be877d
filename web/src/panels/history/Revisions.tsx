/** The revisions of the open workflow as a list: who did what, and back to any of them. */
import { useEffect, useState } from "react";
import type { HistoryStep } from "../../api/types";
import { useApp, useDocument } from "../../app/context";
import type { WorkflowDocument } from "../../graph/document";
import { compareVersions } from "../versions/sides";
import { Changed } from "./Changed";
import { groupsOf } from "./groups";
import { timeText } from "./timeText";

export function Revisions() {
  const app = useApp();
  const name = useDocument((state) => state.name);
  const revision = useDocument((state) => state.revision);
  const [steps, setSteps] = useState<readonly HistoryStep[]>([]);
  const [open, setOpen] = useState<number | null>(null);
  useEffect(() => {
    if (name === null || revision === 0) return;
    let current = true;
    const timer = setTimeout(() => {
      app.api.history(name).then(
        (found) => current && setSteps(found.history),
        (error: Error) => current && app.tell(error.message, "error"),
      );
    }, 300);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [app, name, revision]);
  if (name === null) return <p className="panel-empty">No workflow is open.</p>;
  const older = (): void => {
    const last = steps.at(-1)?.revision;
    if (last === undefined) return;
    app.api.history(name, last).then(
      (found) => setSteps([...steps, ...found.history]),
      (error: Error) => app.tell(error.message, "error"),
    );
  };
  const restore = (to: number): void => {
    app.api.revision(name, to).then(
      ({ document }) => {
        const body = document as unknown as WorkflowDocument;
        if (app.document.edit({ op: "replace", document: body }))
          app.tell(`The workflow is as it was at revision ${to}; undo takes that back`, "good");
      },
      (error: Error) => app.tell(error.message, "error"),
    );
  };
  return (
    <>
      <ol className="panel-list history" aria-label="revisions">
        {groupsOf(steps).map((group) => (
          <li key={group.revision} data-revision={group.revision} data-now={group.revision === revision}>
            <button
              type="button"
              className="history-step"
              aria-expanded={open === group.revision}
              onClick={() => setOpen(open === group.revision ? null : group.revision)}
            >
              <span className="history-did">{group.did}</span>
              <span className="history-when">
                {timeText(group.at)} · revision {group.revision}
                {group.revision === revision && " · now"}
              </span>
            </button>
            {open === group.revision && group.revision !== revision && (
              <div className="history-open">
                <Changed name={name} from={group.revision} to={revision} />
                <button
                  type="button"
                  className="button"
                  onClick={() => compareVersions(app, { kind: "revision", revision: group.revision })}
                >
                  Show what differs from now
                </button>
                <button type="button" className="button" onClick={() => restore(group.revision)}>
                  Restore revision {group.revision}
                </button>
              </div>
            )}
          </li>
        ))}
      </ol>
      {(steps.at(-1)?.revision ?? 1) > 1 && (
        <button type="button" className="button" onClick={older}>
          Older
        </button>
      )}
    </>
  );
}
