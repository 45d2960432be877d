/** What is selected: line it up, and edit what its nodes have in common. */
import { useMemo } from "react";
import { useApp, useDocument, useView } from "../app/context";
import { CommandButton } from "../commands/CommandButton";
import { titleOf } from "../graph/document";
import { Field } from "../widgets/Field";
import { ALIGN_ICONS } from "./alignIcons";
import { sharedInputs } from "./shared";
import "./selection.css";

export function SelectionPanel() {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const selection = useView((state) => state.selection);
  const nodes = useMemo(
    () => [...selection].filter((id) => document.nodes[id] !== undefined),
    [selection, document],
  );
  const shared = useMemo(() => sharedInputs(document, app.registry, nodes), [document, app.registry, nodes]);
  const [first, ...others] = nodes;
  if (first === undefined) {
    return (
      <p className="panel-empty">
        Select nodes: what they have in common can be edited here, for all of them at once.
      </p>
    );
  }
  return (
    <div className="selection-panel">
      <p className="selection-count">
        {nodes.length === 1 ? titleOf(first, document.ui?.nodes?.[first]) : `${nodes.length} nodes`}
      </p>
      {selection.size > 1 && (
        <div className="selection-align" role="toolbar" aria-label="Line up">
          {ALIGN_ICONS.map(([id, icon]) => (
            <CommandButton key={id} id={id} icon={icon} />
          ))}
        </div>
      )}
      {shared.length === 0 ? (
        <p className="panel-empty">These nodes have no field in common.</p>
      ) : (
        shared.map(({ input, widget, equal }) => (
          <div key={input.name} className="selection-field" data-input={input.name} data-equal={equal}>
            <Field node={first} also={others} input={input} widget={widget} />
            {!equal && <span className="selection-mixed">differs</span>}
          </div>
        ))
      )}
    </div>
  );
}
