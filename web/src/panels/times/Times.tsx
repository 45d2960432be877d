/** The nodes by what they cost the last run, its loops step by step, and what the cache saved it. */
import { focusNode } from "../../a11y/focus";
import { useApp, useDocument, useHeatMap, useUi } from "../../app/context";
import { heatLine } from "../../canvas/HeatPill";
import { framesAround, lookOf, titleOf } from "../../graph/document";
import { type Heat, type HeatMap, ranked, tookText } from "../../run/heat";
import { StepTimes } from "./StepTimes";
import { useTimes } from "./useTimes";
import "./times.css";

export function Times() {
  const app = useApp();
  const map = useHeatMap();
  const on = useUi((state) => state.heat);
  useTimes();
  return (
    <div className="times">
      <button
        type="button"
        className="button small"
        aria-pressed={on}
        title="Colours on the canvas (H)"
        onClick={() => app.ui.setState({ heat: !on, ...(on ? {} : { form: false }) })}
      >
        Colours on the canvas
      </button>
      {map === null || map.nodes.size === 0 ? (
        <p className="panel-empty">After a run, the nodes will be listed here by the time they took.</p>
      ) : (
        <Lists map={map} />
      )}
    </div>
  );
}

function Lists({ map }: { map: HeatMap }) {
  const document = useDocument((state) => state.view);
  const there = ([id]: [string, Heat]): boolean => document.nodes[id] !== undefined;
  const { spent, saved } = ranked(map);
  const now = spent.filter(there);
  const kept = saved.filter(there);
  const loops = [...map.nodes].filter((one) => one[1].steps !== null && there(one));
  const most = Math.max(0, ...now.map(([, one]) => one.seconds));
  const mostSaved = Math.max(0, ...kept.map(([, one]) => one.saved));
  return (
    <>
      <Sums map={map} />
      {now.length > 0 && (
        <ol className="times-list" aria-label="dearest nodes">
          {now.map(([id, heat]) => (
            <Row key={id} id={id} heat={heat} seconds={heat.seconds} part={heat.seconds / most} />
          ))}
        </ol>
      )}
      {loops.length > 0 && (
        <>
          <h3 className="panel-title">Loops, step by step</h3>
          <ul className="times-list" aria-label="loops">
            {loops.map(([id, heat]) => (
              <li key={id}>
                <Row id={id} heat={heat} seconds={heat.seconds} part={null} plain />
                <StepTimes steps={heat.steps ?? []} />
              </li>
            ))}
          </ul>
        </>
      )}
      {kept.length > 0 && (
        <>
          <h3 className="panel-title">Saved by the cache</h3>
          <ol className="times-list" aria-label="saved by the cache">
            {kept.map(([id, heat]) => (
              <Row key={id} id={id} heat={heat} seconds={heat.saved} part={heat.saved / mostSaved} />
            ))}
          </ol>
        </>
      )}
    </>
  );
}

/** The run as a whole, and what of it no node took: planning, loading, storing. */
function Sums({ map }: { map: HeatMap }) {
  const app = useApp();
  const inside = useDocument((state) => state.inside.length > 0);
  const times = app.heats.store.getState().times;
  const rest = (times?.seconds ?? 0) - map.spent;
  return (
    <dl className="times-sums">
      <dt>{inside ? "These nodes" : "Nodes"}</dt>
      <dd>{tookText(map.spent)}</dd>
      {!inside && rest > 0 && (
        <>
          <dt title="the worker's start, planning, loading from the cache, storing, writing files">
            All else
          </dt>
          <dd>{tookText(rest)}</dd>
        </>
      )}
      {!inside && times?.seconds != null && (
        <>
          <dt>The run</dt>
          <dd>{tookText(times.seconds)}</dd>
        </>
      )}
      {map.saved > 0 && (
        <>
          <dt>Saved by the cache</dt>
          <dd>{tookText(map.saved)}</dd>
        </>
      )}
    </dl>
  );
}

interface RowProps {
  id: string;
  heat: Heat;
  seconds: number;
  /** of the longest bar; null: no bar */
  part: number | null;
  /** it stands in a list item already */
  plain?: boolean;
}

function Row({ id, heat, seconds, part, plain = false }: RowProps) {
  const app = useApp();
  const title = useDocument((state) => titleOf(id, lookOf(state.view, id)));
  const button = (
    <button
      type="button"
      className="times-row"
      data-row={id}
      data-heat={seconds}
      data-heat-level={heat.level}
      data-heat-whose={heat.whose}
      onClick={() => {
        const { document } = app.document;
        const folded = framesAround(document, id).findLast(
          (frame) => lookOf(document, frame).collapsed === true,
        );
        focusNode(app, folded ?? id);
      }}
    >
      <span className="times-title">{title}</span>
      <span className="times-seconds">{tookText(seconds)}</span>
      {part !== null && (
        <span className="times-bar" aria-hidden="true">
          <span style={{ transform: `scaleX(${Math.max(0.004, part)})` }} />
        </span>
      )}
      {heatLine(heat) !== "" && <span className="times-detail">{heatLine(heat)}</span>}
    </button>
  );
  return plain ? button : <li>{button}</li>;
}
