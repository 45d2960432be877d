/** The examples, and the workflows that this server keeps: open one, or begin anew. */
import { lazy, Suspense, useEffect, useState } from "react";
import type { ListedWorkflow } from "../../api/types";
import { useApp, useDocument, useUi } from "../../app/context";
import { createDocument, openDocument } from "../../shell/documents";
import { CommandLine } from "../CommandLine";
import { compareWith } from "../versions/sides";
import "./workflows.css";

const TemplateCards = lazy(() => import("../../templates/TemplateCards"));

export function Templates() {
  const app = useApp();
  const tabs = useUi((state) => state.tabs);
  const current = useDocument((state) => state.name);
  const [listed, setListed] = useState<readonly ListedWorkflow[]>([]);
  const [text, setText] = useState("");
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new tab may be a new workflow
  useEffect(() => {
    let current = true;
    app.api.workflows().then(
      (found) => current && setListed(found.workflows),
      (error: Error) => current && app.tell(error.message, "error"),
    );
    return () => {
      current = false;
    };
  }, [app, tabs]);
  const wanted = text.toLowerCase();
  const shown = listed
    .filter(
      (one) => one.name.replaceAll("_", " ").includes(wanted) || one.title.toLowerCase().includes(wanted),
    )
    .sort((a, b) => b.changed - a.changed);
  const remove = (name: string): void => {
    app.api.deleteWorkflow(name).then(
      () => {
        setListed(listed.filter((one) => one.name !== name));
        app.tell(`${name} is deleted; its history stays on the server`, "note");
      },
      (error: Error) => app.tell(error.message, "error"),
    );
  };
  return (
    <>
      <div className="workflow-new">
        <button
          type="button"
          className="button"
          onClick={() =>
            createDocument(app, "workflow").catch((error: Error) => app.tell(error.message, "error"))
          }
        >
          New
        </button>
        <CommandLine id="file.open" title="Open a file…" />
      </div>
      <h3 className="panel-title">Your workflows</h3>
      {listed.length > 6 && (
        <input
          className="panel-search"
          type="search"
          placeholder="Name"
          aria-label="search workflows"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )}
      <ul className="panel-list workflow-list" aria-label="workflows">
        {shown.map((one) => (
          <li key={one.name}>
            <button type="button" className="workflow-open" onClick={() => openDocument(app, one.name)}>
              <span className="workflow-name">{one.name.replaceAll("_", " ")}</span>
              <span className="muted">
                {one.nodes} nodes · {new Date(one.changed * 1000).toLocaleDateString()}
              </span>
            </button>
            {one.name !== current && current !== null && (
              <button
                type="button"
                className="button small quiet"
                aria-label={`Compare ${one.name} with ${current}`}
                onClick={() => compareWith(app, { kind: "workflow", name: one.name })}
              >
                Compare
              </button>
            )}
            {!tabs.includes(one.name) && (
              <button
                type="button"
                className="button small quiet"
                aria-label={`Delete ${one.name}`}
                onClick={() => remove(one.name)}
              >
                Delete
              </button>
            )}
          </li>
        ))}
      </ul>
      <h3 className="panel-title">Examples</h3>
      <Suspense>
        <TemplateCards />
      </Suspense>
    </>
  );
}
