/** What the colours of time mean, at the foot of the canvas, for as long as they are on. */
import { useApp, useHeatMap, useUi } from "../../app/context";
import { LEVELS, tookText } from "../../run/heat";
import { CloseIcon } from "../../shell/icons";
import { useTimes } from "./useTimes";
import "./legend.css";

export function Legend() {
  const app = useApp();
  const map = useHeatMap();
  const listed = useUi((state) => state.panel === "times");
  useTimes();
  return (
    <section className="heat-legend" aria-label="Time heat map">
      <header>
        <h2>Time per node</h2>
        {map !== null && (
          <p className="heat-legend-note">
            <span className="heat-kept" aria-hidden="true" /> not in the last run
          </p>
        )}
        {!listed && (
          <button
            type="button"
            className="button quiet small"
            onClick={() => app.ui.setState({ panel: "times" })}
          >
            Dearest nodes
          </button>
        )}
        <button
          type="button"
          className="button quiet icon small"
          aria-label="Leave the time heat map"
          title="Leave the time heat map (H)"
          onClick={() => app.commands.run("view.heat", app)}
        >
          <CloseIcon />
        </button>
      </header>
      {map === null ? (
        <p className="heat-legend-empty">Times show here after a run.</p>
      ) : (
        <ol className="heat-scale" aria-label="from the quickest to the slowest">
          {Array.from({ length: LEVELS }, (_, level) => (
            <li key={level} data-heat-level={level}>
              <span className="heat-swatch" />
              <span className="heat-bound">
                {level === 0
                  ? `< ${tookText(map.scale.bounds[0] ?? 0).replace("< ", "")}`
                  : tookText(map.scale.bounds[level - 1] ?? 0)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  );
}
