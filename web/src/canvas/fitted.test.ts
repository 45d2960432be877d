import { expect, test } from "vitest";
import { besidePanel, whole } from "./fitted";

const free = { width: 935, height: 672, minZoom: 0.05, maxZoom: 2.5, edge: 20, foot: 20 };
const first = { x: 0, y: 0, width: 1732, height: 886 }; // the first workflow
const seen = (view: { x: number; zoom: number }, x: number): number => x * view.zoom + view.x;

test("beside a panel the graph stays readable, from the right; without need all of it is shown", () => {
  const view = besidePanel(first, free, 1235, null);
  expect(whole(first, free).zoom).toBeLessThan(0.53);
  expect(view.zoom).toBe(0.62);
  expect(seen(view, 1732)).toBeCloseTo(915);
  expect(seen(view, 292)).toBeGreaterThan(20); // the second column, where one writes, is in view
  expect(view.y).toBeCloseTo((672 - 886 * 0.62) / 2);
  const small = { ...first, width: 900 };
  expect(besidePanel(small, free, 1235, null)).toEqual(whole(small, free));
});

test("what is selected stays in view; nothing becomes larger than it is without the panel", () => {
  const kept = { x: 0, y: 300, width: 232, height: 100 };
  expect(seen(besidePanel(first, free, 1235, kept), 0)).toBeCloseTo(20);
  const wide = { ...first, width: 6000 };
  const view = besidePanel(wide, free, 1235, null);
  expect(view.zoom).toBeCloseTo(whole(wide, { ...free, width: 1235 }).zoom);
});

test("a graph that is too high for that begins at its top", () => {
  const high = { ...first, y: 40, height: 1700 };
  const view = besidePanel(high, { ...free, width: 400 }, 1235, null);
  expect(view.y + 40 * view.zoom).toBeGreaterThan(19);
});
