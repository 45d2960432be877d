/** The tour of a minute: a ring around a place, and a few words beside it. Offered once, never in the way. */
import { useLayoutEffect, useState } from "react";
import { useApp, useUi } from "../app/context";
import { STATIONS } from "./tour";
import "./tour.css";

export function Tour() {
  const app = useApp();
  const at = useUi((state) => state.tour);
  const station = at === null ? undefined : STATIONS[at];
  const box = useBox(station?.at);
  if (station === undefined || at === null) return null;
  const last = at === STATIONS.length - 1;
  const go = (to: number | null): void => app.ui.setState({ tour: to, toured: true });
  return (
    <>
      {box !== null && (
        <div
          className="tour-ring"
          style={{ left: box.left - 6, top: box.top - 6, width: box.width + 12, height: box.height + 12 }}
        />
      )}
      <section
        className="tour"
        role="dialog"
        aria-label="tour"
        aria-live="polite"
        style={placeOf(box)}
        onKeyDown={(event) => event.key === "Escape" && go(null)}
      >
        <p className="tour-count">
          {at + 1} of {STATIONS.length}
        </p>
        <h2>{station.title}</h2>
        <p>{station.text}</p>
        <div className="tour-acts">
          <button type="button" className="button small quiet" onClick={() => go(null)}>
            End
          </button>
          {at > 0 && (
            <button type="button" className="button small" onClick={() => go(at - 1)}>
              Back
            </button>
          )}
          <button
            type="button"
            className="button small primary"
            // biome-ignore lint/a11y/noAutofocus: the tour was asked for, and goes on by Enter
            autoFocus
            key={at}
            onClick={() => go(last ? null : at + 1)}
          >
            {last ? "Done" : "Next"}
          </button>
        </div>
      </section>
    </>
  );
}

/** In the bar, until the tour was taken or refused. */
export function TourOffer() {
  const app = useApp();
  const offered = useUi((state) => state.ready && !state.toured && state.tour === null);
  if (!offered) return null;
  return (
    <button type="button" className="button quiet tour-offer" onClick={() => app.commands.run("tour", app)}>
      New here? A tour
    </button>
  );
}

/** Where the place is, followed while the window changes. */
function useBox(selectors: readonly string[] | undefined): DOMRect | null {
  const [box, setBox] = useState<DOMRect | null>(null);
  useLayoutEffect(() => {
    if (selectors === undefined) return;
    const measure = (): void => {
      const found = selectors.map((one) => document.querySelector(one)).find((one) => one !== null);
      setBox(found?.getBoundingClientRect() ?? null);
    };
    measure();
    const timer = setInterval(measure, 300);
    addEventListener("resize", measure);
    return () => {
      clearInterval(timer);
      removeEventListener("resize", measure);
    };
  }, [selectors]);
  return box;
}

const WIDTH = 320;
const HEIGHT = 190;
const GAP = 18;

/** Beside the place where there is room, else over its middle. */
function placeOf(box: DOMRect | null): { left: number; top: number } {
  const middle = { left: (innerWidth - WIDTH) / 2, top: (innerHeight - HEIGHT) / 2 };
  if (box === null) return middle;
  const within = (value: number, most: number): number => Math.max(12, Math.min(value, most - 12));
  const left = within(box.left + box.width / 2 - WIDTH / 2, innerWidth - WIDTH);
  if (box.bottom + GAP + HEIGHT < innerHeight) return { left, top: box.bottom + GAP };
  if (box.right + GAP + WIDTH < innerWidth)
    return { left: box.right + GAP, top: within(box.top, innerHeight - HEIGHT) };
  if (box.top - GAP - HEIGHT > 0) return { left, top: box.top - GAP - HEIGHT };
  return middle;
}
