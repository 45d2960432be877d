/** Nothing is open, or the open workflow is empty: ways to begin. */
import { lazy, Suspense } from "react";
import { useCoarse } from "../a11y/coarse";
import { useApp, useDocument, useUi } from "../app/context";

const TemplateCards = lazy(() => import("../templates/TemplateCards"));

export function EmptyState() {
  const name = useDocument((state) => state.name);
  const empty = useDocument(
    (state) => state.connection === "live" && Object.keys(state.view.nodes).length === 0,
  );
  const ready = useUi((state) => state.ready);
  const app = useApp();
  const coarse = useCoarse();
  if (!ready || (name !== null && !empty)) return null;
  return (
    <section className="empty" aria-label="begin">
      <h1>{name === null ? "Begin with a workflow" : "An empty canvas"}</h1>
      <p className="muted">
        {name === null
          ? "Each of these runs at once, on the model that comes along."
          : coarse
            ? "Add a node, tap two sockets to link them, hold a finger still for menus. Or begin with an example:"
            : "Press Space, or click twice, to add a node. Drop a photo to use it. Or begin with an example:"}
      </p>
      {name !== null && (
        <button type="button" className="button" onClick={() => app.commands.run("add", app)}>
          Add a node
        </button>
      )}
      <div className="empty-templates">
        <Suspense>
          <TemplateCards />
        </Suspense>
      </div>
    </section>
  );
}
