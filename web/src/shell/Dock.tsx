/** The dock: a rail of panels at the left edge, one of them open. */
import { Suspense } from "react";
import { useApp, useUi } from "../app/context";
import type { Panel } from "../panels/registry";
import { CloseIcon } from "./icons";

export function Dock() {
  const app = useApp();
  const open = useUi((state) => state.panel);
  const panel = open === null ? undefined : app.panels.find(open);
  return (
    <aside className="dock" aria-label="panels">
      <nav className="rail" aria-label="choose a panel">
        {app.panels.all().map((one) => (
          <RailButton key={one.id} panel={one} open={one.id === open} />
        ))}
      </nav>
      {panel !== undefined && (
        <section className="panel" aria-label={panel.title} data-wide={panel.wide === true}>
          <header className="panel-head">
            <h2>{panel.title}</h2>
            <button
              type="button"
              className="button quiet icon"
              aria-label={`Close ${panel.title}`}
              onClick={() => app.ui.setState({ panel: null })}
            >
              <CloseIcon />
            </button>
          </header>
          <div className="panel-body">
            <Suspense>
              <panel.component />
            </Suspense>
          </div>
        </section>
      )}
    </aside>
  );
}

function RailButton({ panel, open }: { panel: Panel; open: boolean }) {
  const app = useApp();
  const count = panel.useCount?.() ?? 0;
  return (
    <button
      type="button"
      className="rail-button"
      aria-pressed={open}
      aria-label={panel.title}
      title={panel.title}
      onClick={() => app.commands.run(`panel.${panel.id}`, app)}
    >
      <panel.icon />
      {count > 0 && <span className="rail-count">{count}</span>}
    </button>
  );
}
