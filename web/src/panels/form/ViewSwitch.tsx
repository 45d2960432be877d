/** Graph or form: two looks at the same workflow. */
import { useSyncExternalStore } from "react";
import { useApp, useDocument, useUi } from "../../app/context";
import "./form.css";

const NARROW = "(width <= 700px)";

/** On a narrow screen the form comes first, until a person has chosen; of nothing there is no form. */
export function useFormShown(): boolean {
  const chosen = useUi((state) => state.form);
  const empty = useDocument((state) => Object.keys(state.view.nodes).length === 0);
  const narrow = useSyncExternalStore(onResize, () => matchMedia(NARROW).matches);
  return !empty && (chosen ?? narrow);
}

function onResize(told: () => void): () => void {
  const screen = matchMedia(NARROW);
  screen.addEventListener("change", told);
  return () => screen.removeEventListener("change", told);
}

export function ViewSwitch() {
  const app = useApp();
  const form = useFormShown();
  return (
    <fieldset className="view-switch" aria-label="view">
      <button type="button" aria-pressed={!form} onClick={() => app.commands.run("view.graph", app)}>
        Graph
      </button>
      <button type="button" aria-pressed={form} onClick={() => app.commands.run("view.form", app)}>
        Form
      </button>
    </fieldset>
  );
}
