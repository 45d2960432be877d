/** Runs under way, waiting (to be put in another order), and the last that ended. */
import { useEffect, useState } from "react";
import type { Run } from "../../api/types";
import { useApp, useRuns } from "../../app/context";
import { secondsText } from "../../canvas/StepBar";
import { CloseIcon, DownIcon, UpIcon } from "../../shell/icons";
import { moved, type Parts, partsOf } from "./order";
import "./queue.css";

const NOTHING: Parts = { running: [], waiting: [], ended: [] };

export function Queue() {
  const app = useApp();
  const queue = useRuns((state) => state.queue);
  const [parts, again] = useParts();
  const act = (what: Promise<unknown>): void => {
    what
      .then(() => app.runner.refreshQueue())
      .then(again)
      .catch((error: Error) => app.tell(error.message, "error"));
  };
  const ids = parts.waiting.map((one) => one.id);
  const move = (run: string, by: number): void => {
    const to = moved(ids, run, by);
    if (to !== null) act(app.api.moveRun(run, to));
  };
  return (
    <>
      <p className="queue-state">
        <span role="status">
          {queue?.paused ? "Paused" : stateText(queue?.waiting ?? 0, queue?.eta ?? null)}
        </span>
        <button
          type="button"
          className="button small"
          onClick={() => app.commands.run(queue?.paused ? "queue.resume" : "queue.pause", app)}
        >
          {queue?.paused ? "Resume" : "Pause"}
        </button>
        <button
          type="button"
          className="button small"
          disabled={ids.length === 0}
          onClick={() => app.commands.run("queue.clear", app)}
        >
          Clear
        </button>
      </p>
      {parts.running.length + parts.waiting.length + parts.ended.length === 0 && (
        <p className="panel-empty">Nothing has run yet.</p>
      )}
      <ul className="panel-list" aria-label="running">
        {parts.running.map((run) => (
          <Running key={run.id} run={run} act={act} />
        ))}
      </ul>
      {parts.waiting.length > 0 && <h3 className="panel-title">Waiting</h3>}
      <Waiting runs={parts.waiting} move={move} act={act} />
      {parts.ended.length > 0 && <h3 className="panel-title">Ended</h3>}
      <ul className="panel-list" aria-label="ended">
        {parts.ended.map((run) => (
          <li key={run.id} className="queue-run" data-run={run.id} data-status={run.status}>
            <span className="queue-name">{titleOf(run)}</span>
            <span className="queue-status">
              {run.status}
              {run.seconds != null && ` · ${secondsText(run.seconds)}`}
            </span>
            {run.status !== "done" && (
              <span className="queue-acts">
                <button type="button" className="button small" onClick={() => act(app.api.retryRun(run.id))}>
                  Again
                </button>
              </span>
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

function Running({ run, act }: { run: Run; act(what: Promise<unknown>): void }) {
  const app = useApp();
  const part = run.steps > 0 ? Math.min(1, run.steps_done / run.steps) : null;
  return (
    <li className="queue-run" data-run={run.id} data-status={run.status}>
      <span className="queue-name">{titleOf(run)}</span>
      <span className="queue-status">
        {run.cancelling ? "stopping" : "running"}
        {run.eta != null && ` · ${secondsText(run.eta)} left`}
      </span>
      <span className="queue-acts">
        <button
          type="button"
          className="button small"
          aria-label={`Stop ${titleOf(run)}`}
          onClick={() => act(app.api.cancelRun(run.id))}
        >
          Stop
        </button>
      </span>
      {part !== null && (
        <div
          className="queue-bar"
          role="progressbar"
          aria-label={`steps of ${titleOf(run)}`}
          aria-valuenow={Math.round(part * 100)}
        >
          <span style={{ transform: `scaleX(${part})` }} />
        </div>
      )}
    </li>
  );
}

interface WaitingProps {
  runs: readonly Run[];
  move(run: string, by: number): void;
  act(what: Promise<unknown>): void;
}

/** Moved by its buttons, by Alt+↑ and Alt+↓, or dragged to another place. */
function Waiting({ runs, move, act }: WaitingProps) {
  const app = useApp();
  const [held, setHeld] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  return (
    <ol className="panel-list" aria-label="waiting">
      {runs.map((run, at) => (
        <li
          key={run.id}
          className="queue-run"
          data-run={run.id}
          data-status={run.status}
          data-over={over === at && held !== at}
          draggable
          onDragStart={(event) => {
            event.dataTransfer.setData("text/plain", titleOf(run));
            setHeld(at);
          }}
          onDragOver={(event) => {
            if (held === null) return;
            event.preventDefault();
            setOver(at);
          }}
          onDrop={(event) => {
            event.preventDefault();
            const from = held === null ? undefined : runs[held];
            if (from !== undefined && held !== null) move(from.id, at - held);
          }}
          onDragEnd={() => {
            setHeld(null);
            setOver(null);
          }}
        >
          <span className="queue-name">{titleOf(run)}</span>
          <span className="queue-status">waits, number {at + 1}</span>
          <span className="queue-acts">
            <button
              type="button"
              className="button small icon quiet"
              aria-label={`Move number ${at + 1} up`}
              disabled={at === 0}
              onClick={() => move(run.id, -1)}
            >
              <UpIcon />
            </button>
            <button
              type="button"
              className="button small icon quiet"
              aria-label={`Move number ${at + 1} down`}
              disabled={at === runs.length - 1}
              onClick={() => move(run.id, 1)}
            >
              <DownIcon />
            </button>
            <button
              type="button"
              className="button small icon quiet"
              aria-label={`Cancel number ${at + 1}`}
              onClick={() => act(app.api.cancelRun(run.id))}
            >
              <CloseIcon />
            </button>
          </span>
        </li>
      ))}
    </ol>
  );
}

function stateText(waiting: number, eta: number | null): string {
  if (waiting === 0) return "Nothing waits";
  return eta === null ? `${waiting} waiting` : `${waiting} waiting · ${secondsText(eta)} in all`;
}

function titleOf(run: Run): string {
  return run.name.replaceAll("_", " ");
}

/** Asked again when a run came, began or ended, and every second while one runs. */
function useParts(): [Parts, () => void] {
  const app = useApp();
  const changes = useRuns((state) => state.changes);
  const status = useRuns((state) => state.current?.status);
  const order = useRuns((state) => state.queue?.order);
  const [runs, setRuns] = useState<readonly Run[] | null>(null);
  const [turn, setTurn] = useState(0);
  const busy = runs?.some((one) => one.status === "running") ?? false;
  // biome-ignore lint/correctness/useExhaustiveDependencies: each of them asks again
  useEffect(() => {
    let current = true;
    const asked = [app.api.runs("limit=30"), app.api.runs("status=queued&limit=200")];
    Promise.all(asked).then(
      (found) => {
        const byId = new Map(found.flatMap((one) => one.runs).map((run) => [run.id, run]));
        if (current) setRuns([...byId.values()]);
      },
      () => {},
    );
    const timer = busy ? setTimeout(() => setTurn((at) => at + 1), 1000) : undefined;
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [app, changes, status, turn, busy]);
  const parts = runs === null ? NOTHING : partsOf(runs, order ?? []);
  return [parts, () => setTurn((at) => at + 1)];
}
