import { expect, test } from "vitest";
import type { Rect } from "../view/geometry";
import { bendsOf, curvesOf, nearestPart } from "./routes";
import type { Scene, SceneEdge, SceneNode } from "./scene";

/** Cards of 100 × 40 with one socket on each side, and points. */
function scene(
  cards: Record<string, [number, number]>,
  points: Record<string, [number, number]>,
  ways: string[],
): Scene {
  const node = (id: string, rect: Rect): SceneNode =>
    ({
      id,
      rect,
      depth: 0,
      kind: "card",
      handles: [
        { id: "o:out", side: "right", y: 20 },
        { id: "i:in", side: "left", y: 20 },
      ],
    }) as unknown as SceneNode;
  const nodes = [
    ...Object.entries(cards).map(([id, [x, y]]) => node(id, { x, y, width: 100, height: 40 })),
    ...Object.entries(points).map(([id, [x, y]]) =>
      node(id, { x: x - 10, y: y - 10, width: 20, height: 20 }),
    ),
  ];
  const edges = ways.map((way): SceneEdge => {
    const [source = "", ...rest] = way.split(" ");
    const target = rest.pop() ?? "";
    return {
      id: way,
      source,
      sourceHandle: "o:out",
      target,
      targetHandle: "i:in",
      through: rest,
      link: {
        node: target,
        slot: { kind: "input", name: "in", at: null },
        source: { node: source, output: null },
      },
    };
  });
  return { nodes, edges, byId: new Map(nodes.map((one) => [one.id, one])) };
}

test("links that run together lie on each other up to the point where they branch", () => {
  const made = scene({ a: [0, 0], b: [600, -200], c: [600, 200] }, { p: [200, 100], q: [400, 20] }, [
    "a p q b",
    "a p q c",
  ]);
  const bends = bendsOf(made);
  const [one, two] = made.edges.map((edge) => curvesOf(made, bends, edge));
  expect(one?.start).toEqual([100, 20]);
  expect(one?.curves.slice(0, 2)).toEqual(two?.curves.slice(0, 2));
  expect(one?.curves[2]).not.toEqual(two?.curves[2]);
});

test("a link passes a point without a corner", () => {
  const made = scene({ a: [0, 0], b: [600, 300] }, { p: [300, 400] }, ["a p b"]);
  const edge = made.edges[0] as SceneEdge;
  const { curves } = curvesOf(made, bendsOf(made), edge);
  const [into, out] = curves;
  if (into === undefined || out === undefined) throw new Error("there are two curves");
  const [x, y] = into[2];
  expect([x, y]).toEqual([300, 400]);
  const before = Math.atan2(y - into[1][1], x - into[1][0]);
  const after = Math.atan2(out[0][1] - y, out[0][0] - x);
  expect(before).toBeCloseTo(after, 6);
});

test("the part of a link that is nearest to a place", () => {
  const made = scene({ a: [0, 0], b: [900, 0] }, { p: [300, 300], q: [600, 300] }, ["a p q b"]);
  const { start, curves } = curvesOf(made, bendsOf(made), made.edges[0] as SceneEdge);
  expect([
    nearestPart(start, curves, [150, 160]),
    nearestPart(start, curves, [450, 310]),
    nearestPart(start, curves, [760, 150]),
  ]).toEqual([0, 1, 2]);
});
