/** The traceback of a node that failed, to read and to copy. */
import { useEffect, useState } from "react";
import { Sheet } from "../a11y/Sheet";
import { useApp, useDocument, useNodeRun, useUi } from "../app/context";
import { titleOf } from "../graph/document";
import { Recall } from "../run/recall";
import { useSignal } from "../run/signals";

export function FailureSheet() {
  const app = useApp();
  const node = useUi((state) => state.failure);
  return (
    <Sheet
      open={node !== null}
      title={node === null ? "" : `${titleOf(node)} failed`}
      close={() => app.ui.setState({ failure: null })}
    >
      {node !== null && <Traceback node={node} />}
    </Sheet>
  );
}

function Traceback({ node }: { node: string }) {
  const app = useApp();
  const name = useDocument((state) => state.name) ?? "";
  const live = useNodeRun(node);
  const recalled = useSignal(app.recall.nodes, Recall.key(name, node));
  const [error, setError] = useState<string | null>(null);
  const { message } = live;
  useEffect(() => {
    if (live.detail === null) app.recall.load(name).catch((failed: Error) => setError(failed.message));
  }, [app, live.detail, name]);
  const text = live.detail ?? recalled.detail ?? error ?? "…";
  return (
    <>
      <p className="traceback-cause">{message}</p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be reached by key */}
      <section className="traceback" tabIndex={0} aria-label="traceback">
        <pre>{text === "" ? "There is no traceback of this." : text}</pre>
      </section>
      <button
        type="button"
        className="button"
        onClick={() => {
          void navigator.clipboard
            .writeText(`${message ?? ""}\n\n${text}`)
            .then(() => app.tell("Copied", "note"));
        }}
      >
        Copy
      </button>
    </>
  );
}
