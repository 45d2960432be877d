/** What a node is: its formula, its paper, workflows that use it, what it takes and gives. */
import { lazy, Suspense } from "react";
import { Sheet } from "../a11y/Sheet";
import { useApp, useUi } from "../app/context";
import { Formula } from "../canvas/Formula";
import { SocketShape } from "../canvas/Socket";
import { socketLook } from "../canvas/sockets";
import type { NodeSpec } from "../graph/registry";
import type { Type } from "../graph/types";
import { createFromTemplate } from "./documents";

const Tex = lazy(() => import("./Tex"));

export function Help() {
  const app = useApp();
  const type = useUi((state) => state.help);
  const spec = type === null ? undefined : app.registry.find(type);
  return (
    <Sheet open={spec !== undefined} title={spec?.label ?? ""} close={() => app.ui.setState({ help: null })}>
      {spec !== undefined && <About spec={spec} />}
    </Sheet>
  );
}

function About({ spec }: { spec: NodeSpec }) {
  const formula = spec.formula;
  return (
    <>
      <p className="muted">
        {spec.name}
        {spec.stage !== null && ` · ${spec.stage}`}
      </p>
      {formula !== null && (
        <Suspense
          fallback={
            <p className="help-formula">
              <Formula text={formula.line} />
            </p>
          }
        >
          {formula.tex === "" ? (
            <p className="help-formula">
              <Formula text={formula.line} />
            </p>
          ) : (
            <Tex tex={formula.tex} />
          )}
        </Suspense>
      )}
      {spec.source !== null && (
        <p className="help-paper">
          {spec.source.url === "" ? (
            spec.source.text
          ) : (
            <a href={spec.source.url} target="_blank" rel="noreferrer">
              {spec.source.text}
            </a>
          )}
        </p>
      )}
      <p className="help-text">{spec.doc}</p>
      <Examples names={spec.examples} />
      <Sockets title="Takes" rows={spec.inputs} />
      <Sockets title="Gives" rows={spec.outputs} />
    </>
  );
}

const SHOWN = 6;

/** Workflows that use this node, each opened as a document of its own. */
function Examples({ names }: { names: readonly string[] }) {
  const app = useApp();
  if (names.length === 0) return null;
  const open = (name: string): void => {
    createFromTemplate(app, name).then(
      () => app.ui.setState({ help: null }),
      (error: Error) => app.tell(error.message, "error"),
    );
  };
  return (
    <>
      <h3>Examples</h3>
      <p className="help-examples">
        {names.slice(0, SHOWN).map((one) => (
          <button key={one} type="button" className="button" onClick={() => open(one)}>
            {one.replaceAll("_", " ")}
          </button>
        ))}
      </p>
    </>
  );
}

interface Row {
  name: string;
  type: Type;
  typeText: string;
}

function Sockets({ title, rows }: { title: string; rows: readonly Row[] }) {
  if (rows.length === 0) return null;
  return (
    <>
      <h3>{title}</h3>
      <ul className="help-sockets">
        {rows.map((one) => (
          <li key={one.name}>
            <SocketShape {...socketLook(one.type)} />
            <strong>{one.name}</strong>
            <span className="muted">{one.typeText.length > 60 ? "one of a list" : one.typeText}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
