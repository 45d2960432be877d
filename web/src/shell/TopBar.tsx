/** The bar: documents as tabs, what a run would do, Run. */
import { lazy, Suspense } from "react";
import { useApp, useDocument, usePlan, useRuns, useUi } from "../app/context";
import mark from "../assets/loom.svg";
import { secondsText } from "../canvas/StepBar";
import { CommandButton } from "../commands/CommandButton";
import { keysText } from "../commands/keys";
import { isFrame } from "../graph/document";
import { ViewSwitch } from "../panels/form/ViewSwitch";
import { summaryOf } from "../run/plan";
import { isUnderWay } from "../run/runner";
import { closeTab, createDocument, openDocument } from "./documents";
import {
  CloseIcon,
  FitIcon,
  PlayIcon,
  PlusIcon,
  RedoIcon,
  SearchIcon,
  StopIcon,
  SunIcon,
  UndoIcon,
} from "./icons";
import { TourOffer } from "./Tour";

const Problems = lazy(async () => ({ default: (await import("./Problems")).Problems }));

export function TopBar() {
  const app = useApp();
  const live = useDocument((state) => state.problems.length > 0);
  const planned = usePlan((state) => state.problems.length > 0);
  const wrong = live || planned;
  return (
    <header className="bar">
      <img className="bar-mark" src={mark} alt="Latent Loom" width="26" height="26" />
      <Tabs />
      <span className="spacer" />
      <TourOffer />
      <ViewSwitch />
      <CommandButton id="undo" icon={<UndoIcon />} />
      <CommandButton id="redo" icon={<RedoIcon />} />
      <CommandButton id="view.fit" icon={<FitIcon />} />
      <CommandButton id="palette" icon={<SearchIcon />} />
      <CommandButton id="theme" icon={<SunIcon />} />
      <Suspense>{wrong && <Problems />}</Suspense>
      <PlanSummary />
      <RunButton />
      <QueueCount onOpen={() => app.commands.run("panel.queue", app)} />
    </header>
  );
}

function Tabs() {
  const app = useApp();
  const tabs = useUi((state) => state.tabs);
  const name = useDocument((state) => state.name);
  const pending = useDocument((state) => state.pending.length > 0);
  return (
    <nav className="tabs" aria-label="documents">
      {tabs.map((tab) => (
        <span className="tab" key={tab} data-current={tab === name}>
          <button
            type="button"
            className="tab-name"
            aria-current={tab === name ? "page" : undefined}
            onClick={() => openDocument(app, tab)}
          >
            {tab.replaceAll("_", " ")}
            {tab === name && pending && <span className="tab-dot" title="being saved" />}
          </button>
          <button
            type="button"
            className="tab-close"
            aria-label={`Close ${tab}`}
            onClick={() => closeTab(app, tab)}
          >
            <CloseIcon />
          </button>
        </span>
      ))}
      <button
        type="button"
        className="button quiet icon"
        aria-label="New workflow"
        title="New workflow"
        onClick={() =>
          createDocument(app, "workflow").catch((error: Error) => app.tell(error.message, "error"))
        }
      >
        <PlusIcon />
      </button>
    </nav>
  );
}

function PlanSummary() {
  const app = useApp();
  const { nodes, stale, error } = usePlan((state) => state);
  const current = useRuns((state) => state.current);
  const document = useDocument((state) => state.view);
  const problems = useDocument((state) => state.problems);
  const planned = usePlan((state) => state.problems);
  if (current !== null && isUnderWay(current.status)) {
    return (
      <p className="plan" role="status">
        {current.status === "queued" ? "waiting for its turn…" : "running…"}
      </p>
    );
  }
  if (problems.length > 0 || planned.length > 0) return null; // the list beside it counts them
  if (error !== null) {
    return (
      <p className="plan wrong" role="status">
        {error}
      </p>
    );
  }
  if (nodes === null)
    return <p className="plan muted">{stale && Object.keys(document.nodes).length > 0 ? "planning…" : ""}</p>;
  const { run, cached, steps } = summaryOf(nodes, (node) => isFrame(document.nodes[node]));
  const seconds = app.times.estimate(document, nodes);
  return (
    <p className="plan" role="status" data-stale={stale}>
      {run === 0 ? (
        <span>nothing to do, all cached</span>
      ) : (
        <>
          <span className="plan-run">{run} will run</span>
          {cached > 0 && <span className="plan-cached">{cached} cached</span>}
          {steps > 0 && <span>{steps} steps</span>}
          {seconds !== null && <span>about {secondsText(seconds)}</span>}
        </>
      )}
    </p>
  );
}

/** Run stays where it is: while something runs, it puts another run behind it. */
function RunButton() {
  const app = useApp();
  const active = useRuns((state) => state.current !== null && isUnderWay(state.current.status));
  const submitting = useRuns((state) => state.submitting);
  const name = useDocument((state) => state.name);
  return (
    <>
      {active && (
        <button
          type="button"
          className="button"
          title={`Stop (${keysText("$mod+Period")})`}
          onClick={() => app.commands.run("run.cancel", app)}
        >
          <StopIcon /> Stop
        </button>
      )}
      <button
        type="button"
        className="button primary run-button"
        disabled={name === null || submitting}
        title={active ? `Run after this one (${keysText("$mod+Enter")})` : `Run (${keysText("$mod+Enter")})`}
        onClick={() => app.commands.run("run", app)}
      >
        <PlayIcon /> Run
      </button>
    </>
  );
}

function QueueCount({ onOpen }: { onOpen(): void }) {
  const waiting = useRuns((state) => (state.queue?.waiting ?? 0) + (state.queue?.running.length ?? 0));
  if (waiting === 0) return null;
  return (
    <button
      type="button"
      className="button quiet queue-count"
      onClick={onOpen}
      title="Runs under way and waiting"
    >
      {waiting}
    </button>
  );
}
