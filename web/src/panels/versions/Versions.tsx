/** Two versions of a workflow as one graph, in place of the document: what is new, what is gone, what has changed. */
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { announce } from "../../a11y/announce";
import { AppContext, useApp, useDocument, useResults } from "../../app/context";
import type { App } from "../../app/services";
import { Canvas } from "../../canvas/Canvas";
import { Refused } from "../../document/apply";
import { along, prefixOf } from "../../document/inside";
import { Breadcrumb } from "../../tools/Breadcrumb";
import type { Versions as State } from "../../view/results";
import { Differences } from "./Differences";
import { type Counts, type Entry, type Line, levelOf, lineText, SAME } from "./reading";
import { inOrder, lookAt, type Shown, shownApp } from "./shown";
import { askedFor } from "./sides";
import { taken } from "./taken";
import { VersionsBar } from "./VersionsBar";
import "./versions.css";

export default function Versions() {
  const app = useApp();
  const versions = useResults((state) => state.versions);
  return versions === null ? null : <Comparing app={app} versions={versions} />;
}

function Comparing({ app, versions }: { app: App; versions: State }) {
  const [shown] = useState(() => shownApp(app, app.document.store.getState().inside));
  const answered = useAsked(app, versions);
  const { found } = versions;
  const level = useMemo(() => (found === null ? null : levelOf(found)), [found]);
  const [ready, setReady] = useState(false);
  useLayoutEffect(() => {
    if (level === null) return;
    shown.show(level);
    setReady(true);
  }, [level, shown]);
  if (level === null || !ready)
    return (
      <section className="versions" aria-label="comparison of versions">
        <VersionsBar versions={versions} entries={[]} at={null} counts={null} />
        <p className="versions-wait">{answered}</p>
      </section>
    );
  return (
    <AppContext value={shown.app}>
      <Board live={app} shown={shown} versions={versions} />
    </AppContext>
  );
}

/** Ask the server again whenever a side becomes another, or the document moves on. What is said while there is none. */
function useAsked(app: App, { old, new: now }: State): string {
  const name = useDocument((state) => state.name);
  const revision = useDocument((state) => state.revision);
  const follows = old.kind === "now" || now.kind === "now" ? revision : 0;
  const first = useRef(name);
  const [said, setSaid] = useState("comparing…");
  // biome-ignore lint/correctness/useExhaustiveDependencies: another revision is asked for
  useEffect(() => {
    if (name === null || name !== first.current) return app.results.setState({ versions: null });
    const asked = new AbortController();
    const body = { old: askedFor(name, old), new: askedFor(name, now) };
    app.api.compare(body, asked.signal).then(
      (found) =>
        app.results.setState(({ versions }) => ({
          versions: versions === null ? null : { ...versions, found },
        })),
      (error: Error) => {
        if (asked.signal.aborted) return;
        setSaid(error.message);
        app.tell(error.message, "error");
      },
    );
    return () => asked.abort();
  }, [app, name, old, now, follows]);
  return said;
}

function Board({ live, shown, versions }: { live: App; shown: Shown; versions: State }) {
  const { app } = shown;
  const place = useDocument((state) => prefixOf(state.inside));
  const view = useDocument((state) => state.view);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is read is what is on show
  const { reading, entries } = useMemo(() => {
    const found = shown.reading();
    return { reading: found, entries: found === null ? [] : inOrder(found, app.scene()) };
  }, [app, shown, view]);
  const [at, setAt] = useState<string | null>(null);
  const current = entries.find((one) => one.id === at) ?? null;
  const source = versions.new.kind === "now" ? "old" : "new";

  const look = useCallback(
    (entry: Entry, focus: boolean): void => {
      setAt(entry.id);
      if (reading !== null) lookAt(app, reading.shownAs(entry.id), focus);
      announce(app, `${entries.indexOf(entry) + 1} of ${entries.length}: ${entryText(entry)}`);
    },
    [app, entries, reading],
  );
  const step = useCallback(
    (by: number): void => {
      const from = entries.findIndex((one) => one.id === at);
      const to = from < 0 ? (by > 0 ? 0 : entries.length - 1) : (from + by + entries.length) % entries.length;
      const entry = entries[to];
      if (entry !== undefined) look(entry, true);
    },
    [at, entries, look],
  );
  const take = useCallback(
    (entry: Entry, lines: readonly Line[] | null): void => {
      if (reading === null) return;
      try {
        const inside = app.document.store.getState().inside;
        const now = inside.length === 0 ? live.document.whole : innerOf(live, inside);
        const operations = taken(now, reading.level, entry, lines, source);
        if (live.document.editAt(inside, operations))
          live.tell(
            source === "old" ? "Taken back; undo brings it again" : "Taken over; undo takes it back",
            "good",
          );
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        live.tell(error.message, "note");
      }
    },
    [app, live, reading, source],
  );
  useLayoutEffect(() => {
    live.stage.current = { app, live, step, take: () => current !== null && take(current, null) };
    return () => {
      live.stage.current = null;
    };
  }, [app, live, step, take, current]);
  const { found, old, new: now } = versions;
  const sides = useRef({ old, now });
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was found is on show by now
  useEffect(() => {
    if (sides.current.old !== old || sides.current.now !== now) app.canvas.current?.fit();
    sides.current = { old, now };
  }, [app, found]);
  const text = reading === null ? "No difference here" : countsText(reading.counts);
  useEffect(() => announce(app, text), [app, text]);
  return (
    <section className="versions" aria-label="comparison of versions">
      <VersionsBar versions={versions} entries={entries} at={current} counts={reading?.counts ?? SAME} />
      <div className="versions-stage">
        <Canvas key={place} />
        <Breadcrumb />
        {versions.list && (
          <Differences
            reading={reading}
            entries={entries}
            at={current}
            source={source}
            look={(entry) => look(entry, false)}
            take={take}
          />
        )}
      </div>
    </section>
  );
}

function innerOf(live: App, inside: Parameters<App["document"]["enter"]>[0]) {
  const now = along(live.document.whole, inside);
  if (now.length <= inside.length) throw new Refused("The subgraph is not in the workflow any more");
  return now.at(-1) ?? live.document.whole;
}

function entryText({ title, sign, lines }: Entry): string {
  return lines.length === 0 ? `${title} ${sign}` : `${title} ${sign}: ${lines.map(lineText).join("; ")}`;
}

function countsText(counts: Counts): string {
  const { added, removed, changed, linksAdded, linksRemoved, moved } = counts;
  const nodes = `${added} added, ${removed} removed, ${changed} changed`;
  return `${nodes}; links: ${linksAdded} added, ${linksRemoved} removed; ${moved} moved`;
}
