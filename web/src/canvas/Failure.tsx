/** Why a node failed, under its card, in a sentence; where it happened is one click away. */
import { useApp, useNodeRun } from "../app/context";
import "./failure.css";

export function Failure({ node }: { node: string }) {
  const app = useApp();
  const { phase, message } = useNodeRun(node);
  if (phase !== "failed" || message === null) return null;
  return (
    <div className="failure nodrag" role="alert">
      <p>{message}</p>
      <button
        type="button"
        className="button"
        aria-label={`Traceback of ${node}`}
        onClick={() => app.ui.setState({ failure: node })}
      >
        Traceback
      </button>
    </div>
  );
}
