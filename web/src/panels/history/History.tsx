/** What was done to the open workflow: its revisions as a list, or its states as a tree. */
import { useApp, useDocument, useUi } from "../../app/context";
import { Revisions } from "./Revisions";
import { StateTree } from "./StateTree";
import "./history.css";

export function History() {
  const app = useApp();
  const view = useUi((state) => state.history);
  const name = useDocument((state) => state.name);
  if (name === null) return <p className="panel-empty">No workflow is open.</p>;
  return (
    <div className="history-panel" data-view={view}>
      <fieldset className="history-views" aria-label="history as">
        <button
          type="button"
          className="chip"
          aria-pressed={view === "list"}
          onClick={() => app.commands.run("history.list", app)}
        >
          List
        </button>
        <button
          type="button"
          className="chip"
          aria-pressed={view === "tree"}
          onClick={() => app.commands.run("history.tree", app)}
        >
          Tree
        </button>
      </fieldset>
      {view === "list" ? <Revisions /> : <StateTree key={name} name={name} />}
    </div>
  );
}
