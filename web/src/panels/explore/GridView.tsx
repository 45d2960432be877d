/** The pictures of a sweep in a labelled grid; each comes when its run ends. */
import { useEffect, useState } from "react";
import type { Picture, Run } from "../../api/types";
import { useApp, useResults, useRuns } from "../../app/context";
import type { App } from "../../app/services";
import { titleOf } from "../../graph/document";
import { CloseIcon } from "../../shell/icons";
import type { Axis, Grid, GridCell } from "../../view/results";
import { valueLabel } from "./range";
import "./explore.css";

export function GridView() {
  const grid = useResults((state) => state.grid);
  return grid === null ? null : <Board grid={grid} />;
}

function Board({ grid }: { grid: Grid }) {
  const app = useApp();
  const runs = useGridRuns(grid);
  const { x, y, cells } = grid;
  const rows = y === null ? [null] : [...y.values.keys()];
  const ended = cells.filter(({ run }) => isEnded(runs.get(run))).length;
  const count = x.values.length * (y?.values.length ?? 1);
  return (
    <section className="grid-view" aria-label="grid">
      <header className="compare-head">
        <h2>
          {axisTitle(x)}
          {y !== null && ` × ${axisTitle(y)}`}
        </h2>
        <span className="muted" role="status">
          {ended} of {count}
        </span>
        {ended < count && (
          <button
            type="button"
            className="button small"
            onClick={() => app.commands.run("explore.stop", app)}
          >
            Stop
          </button>
        )}
        <button
          type="button"
          className="button small icon quiet"
          aria-label="Put the grid away"
          onClick={() => app.commands.run("explore.close", app)}
        >
          <CloseIcon />
        </button>
      </header>
      <div className="grid-scroll">
        <table>
          <thead>
            <tr>
              {y !== null && <td className="grid-corner" />}
              {x.values.map((one) => (
                <th key={String(one)} scope="col">
                  {valueLabel(one)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row ?? 0}>
                {y !== null && row !== null && <th scope="row">{valueLabel(y.values[row] ?? "")}</th>}
                {x.values.map((one, column) => (
                  <td key={String(one)}>
                    <Cell grid={grid} column={column} row={row ?? 0} runs={runs} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

interface CellProps {
  grid: Grid;
  column: number;
  row: number;
  runs: ReadonlyMap<string, Run>;
}

function Cell({ grid, column, row, runs }: CellProps) {
  const app = useApp();
  const cell = grid.cells.find((one) => one.x === column && one.y === row);
  const run = cell === undefined ? undefined : runs.get(cell.run);
  const label = labelOf(grid, column, row);
  const file = run?.artifacts.find((one) => one.mime.startsWith("image/"));
  if (file === undefined) {
    return (
      <div className="grid-cell" data-cell={`${column},${row}`} data-status={run?.status ?? "queued"}>
        {run?.status ?? "queued"}
      </div>
    );
  }
  return (
    <button
      type="button"
      className="grid-cell"
      data-cell={`${column},${row}`}
      data-status={run?.status}
      title={label}
      onClick={() => openAt(app, grid, runs, cell as GridCell)}
    >
      <img src={file.url} alt={label} />
    </button>
  );
}

function axisTitle(axis: Axis): string {
  return `${titleOf(axis.node)} ${axis.input.replaceAll("_", " ")}`;
}

function labelOf({ x, y }: Grid, column: number, row: number): string {
  const one = (axis: Axis, at: number): string =>
    `${axis.input.replaceAll("_", " ")} ${valueLabel(axis.values[at] ?? "")}`;
  return y === null ? one(x, column) : `${one(x, column)}, ${one(y, row)}`;
}

/** The whole grid in the lightbox, beginning with one cell. */
function openAt(app: App, grid: Grid, runs: ReadonlyMap<string, Run>, cell: GridCell): void {
  const cells = [...grid.cells].sort((a, b) => a.y - b.y || a.x - b.x);
  const shown = cells.flatMap((one): { run: string; picture: Picture }[] => {
    const run = runs.get(one.run);
    const file = run?.artifacts.find((made) => made.mime.startsWith("image/"));
    if (run === undefined || file === undefined) return [];
    const text = labelOf(grid, one.x, one.y);
    const about = { owner: run.owner, run: run.id, workflow: run.name, text, models: [], favourite: false };
    return [{ run: run.id, picture: { ...file, ...about, thumbnail: app.api.thumbnailUrl(file.digest) } }];
  });
  const at = shown.findIndex((one) => one.run === cell.run);
  app.results.setState({ lightbox: { pictures: shown.map((one) => one.picture), at: Math.max(0, at) } });
}

function isEnded(run: Run | undefined): boolean {
  return run !== undefined && run.status !== "queued" && run.status !== "running";
}

/** The runs of the grid, asked again when any run of the server began, made a file, or ended. */
function useGridRuns(grid: Grid): ReadonlyMap<string, Run> {
  const app = useApp();
  const changes = useRuns((state) => state.changes);
  const [runs, setRuns] = useState<ReadonlyMap<string, Run>>(new Map());
  const only = grid.cells[0]?.run;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` asks again
  useEffect(() => {
    let current = true;
    const asked =
      grid.batch !== null
        ? wholeBatch(app, grid.batch)
        : only === undefined
          ? Promise.resolve([])
          : app.api.run(only).then((run) => [run as Run]);
    asked.then(
      (found) => current && setRuns(new Map(found.map((run) => [run.id, run]))),
      (error: Error) => current && app.tell(error.message, "error"),
    );
    return () => {
      current = false;
    };
  }, [app, grid.batch, only, changes]);
  return runs;
}

async function wholeBatch(app: App, batch: string): Promise<Run[]> {
  const found: Run[] = [];
  let before = "";
  for (;;) {
    const page = await app.api.runs(`batch=${batch}&limit=200${before}`);
    found.push(...page.runs);
    if (page.next === null) return found;
    before = `&before=${page.next}`;
  }
}
