/** The workflow as a form: the inputs that matter, Run, and the picture. For those who want no graph, and for phones. */
import { useMemo, useState } from "react";
import type { Json } from "../../api/types";
import { useApp, useDocument, usePicture, useRuns } from "../../app/context";
import { useProblem } from "../../canvas/useProblem";
import { typeName, unquoted, type WorkflowDocument } from "../../graph/document";
import { isUnderWay } from "../../run/runner";
import { WIDGETS } from "../../widgets/Field";
import { RunProgress } from "../RunProgress";
import { ChooseInputs } from "./ChooseInputs";
import { type FormInput, formInputs } from "./inputs";
import { Recent } from "./Recent";
import "./form.css";

export function Form() {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const inputs = useMemo(() => formInputs(document, app.registry), [document, app.registry]);
  const [choosing, setChoosing] = useState(false);
  return (
    <div className="form" data-testid="form">
      <section className="form-result" aria-label="result">
        <Result document={document} />
        <Recent />
      </section>
      <section className="form-inputs" aria-label="inputs">
        {document.description !== undefined && <p className="form-about">{document.description}</p>}
        {inputs.length === 0 && !choosing && (
          <p className="panel-empty">No input is shown here yet. Choose below which matter.</p>
        )}
        {choosing ? (
          <ChooseInputs document={document} done={() => setChoosing(false)} />
        ) : (
          <>
            {inputs.map((one) => (
              <Input key={one.key} shown={one} />
            ))}
            <button type="button" className="button quiet form-choose" onClick={() => setChoosing(true)}>
              Choose what stands here…
            </button>
          </>
        )}
        <RunBar />
      </section>
    </div>
  );
}

function Input({ shown }: { shown: FormInput }) {
  const app = useApp();
  const { label, targets, input, widget } = shown;
  const [node, name] = targets[0] as [string, string];
  const given = useDocument((state) => state.view.nodes[node]?.inputs?.[name]);
  const problem = useProblem(node);
  const wrong = problem?.input === name;
  const Widget = WIDGETS[widget];
  return (
    <div className="form-input" data-node={node} data-input={name} data-widget={widget} data-wrong={wrong}>
      <Widget
        node={node}
        input={input}
        value={unquoted(given) ?? (given === undefined ? (input.default as Json | undefined) : given)}
        isDefault={given === undefined}
        label={label}
        set={(value) =>
          void app.document.edit(
            ...targets.map(([to, at]) => ({ op: "set_input" as const, node: to, input: at, value })),
          )
        }
      />
      {wrong && (
        <p className="form-problem" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  );
}

function RunBar() {
  const app = useApp();
  const active = useRuns((state) => state.current !== null && isUnderWay(state.current.status));
  const submitting = useRuns((state) => state.submitting);
  const problem = useDocument((state) => state.problems.find((one) => one.node == null)?.message);
  return (
    <div className="form-run">
      {problem !== undefined && <p className="form-problem">{problem}</p>}
      {active ? (
        <button type="button" className="button" onClick={() => app.commands.run("run.cancel", app)}>
          Stop
        </button>
      ) : (
        <button
          type="button"
          className="button primary"
          disabled={submitting}
          onClick={() => app.commands.run("run", app)}
        >
          Make the picture
        </button>
      )}
      <RunProgress />
    </div>
  );
}

/** The picture of the node that saves one; while a loop runs, that of its newest step. */
function Result({ document }: { document: WorkflowDocument }) {
  const app = useApp();
  const running = useRuns((state) => state.current !== null && isUnderWay(state.current.status));
  const sinks = Object.entries(document.nodes).filter(
    ([, body]) => app.registry.find(body.type)?.sink === true || typeName(body.type) === "image.save",
  );
  const frames = Object.entries(document.nodes).filter(([, body]) => typeName(body.type) === "flow.loop");
  const last = usePicture(sinks.at(-1)?.[0] ?? "");
  const step = usePicture(frames.at(-1)?.[0] ?? "");
  const shown = running ? (step ?? last) : (last ?? step);
  return (
    <div className="form-picture">
      {shown === null ? (
        <p className="muted">The picture will be here.</p>
      ) : (
        <img src={shown.url} alt={running ? "the newest step" : "the result"} />
      )}
    </div>
  );
}
