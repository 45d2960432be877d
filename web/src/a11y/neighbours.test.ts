import { expect, test } from "vitest";
import { freeSpot, nearest, neighbour } from "./neighbours";

const card = (id: string, x: number, y: number) => ({
  id,
  kind: "card" as const,
  rect: { x, y, width: 200, height: 100 },
});
const GRAPH = [
  card("a", 0, 0),
  card("b", 300, 20),
  card("c", 600, 0),
  card("d", 0, 200),
  card("e", 320, 400),
];

test("an arrow leads to the nearest node on that side", () => {
  expect(neighbour(GRAPH, "a", "right")).toBe("b");
  expect(neighbour(GRAPH, "b", "right")).toBe("c");
  expect(neighbour(GRAPH, "c", "left")).toBe("b");
  expect(neighbour(GRAPH, "a", "down")).toBe("d");
  expect(neighbour(GRAPH, "b", "down")).toBe("e");
  expect(neighbour(GRAPH, "a", "left")).toBeNull();
  expect(neighbour(GRAPH, "unknown", "left")).toBeNull();
});

test("every node of a grid can be reached by arrows", () => {
  const grid = Array.from({ length: 36 }, (_, at) =>
    card(`n${at}`, (at % 6) * 300, Math.floor(at / 6) * 180),
  );
  const seen = new Set(["n0"]);
  const trail = ["n0"];
  for (let at = trail.pop(); at !== undefined; at = trail.pop()) {
    for (const direction of ["left", "right", "up", "down"] as const) {
      const next = neighbour(grid, at, direction);
      if (next !== null && !seen.has(next)) {
        seen.add(next);
        trail.push(next);
      }
    }
  }
  expect(seen.size).toBe(36);
});

test("the node nearest to a point", () => {
  expect(nearest(GRAPH, [610, 20])).toBe("c");
  expect(nearest([], [0, 0])).toBeNull();
});

test("a new node covers no other", () => {
  expect(freeSpot(GRAPH, [0, 0], 200, 100)).toEqual([0, 336]);
  expect(freeSpot(GRAPH, [900, 0], 200, 100)).toEqual([900, 0]);
});
