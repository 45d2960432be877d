import { describe, expect, it } from "vitest";
import { snapped } from "../canvas/snapping";
import type { Rect } from "../view/geometry";
import { aligned, distributed } from "./align";

const rects = new Map<string, Rect>([
  ["a", { x: 0, y: 10, width: 100, height: 40 }],
  ["b", { x: 150, y: 0, width: 50, height: 20 }],
  ["c", { x: 400, y: 30, width: 100, height: 60 }],
]);

describe("lining up", () => {
  it("puts tops, bottoms and middles on one line", () => {
    expect([...aligned(rects, "top").values()].map(([, y]) => y)).toEqual([0, 0, 0]);
    expect([...aligned(rects, "bottom").values()].map(([, y]) => y)).toEqual([50, 70, 30]);
    expect([...aligned(rects, "middle").values()].map(([, y]) => y)).toEqual([25, 35, 15]);
  });
  it("puts left and right edges on one line", () => {
    expect([...aligned(rects, "left").values()].map(([x]) => x)).toEqual([0, 0, 0]);
    expect([...aligned(rects, "right").values()].map(([x]) => x)).toEqual([400, 450, 400]);
  });
  it("makes equal gaps; the first and the last stay", () => {
    const found = distributed(rects, "across");
    expect(found.get("a")).toEqual([0, 10]);
    expect(found.get("b")).toEqual([225, 0]);
    expect(found.get("c")).toEqual([400, 30]);
  });
  it("of nothing is nothing", () => expect(aligned(new Map(), "left").size).toBe(0));
});

describe("guides", () => {
  const other = { x: 300, y: 200, width: 100, height: 50 };
  it("pull an edge to an edge that is near", () => {
    const { dx, dy, guides } = snapped({ x: 296, y: 400, width: 80, height: 50 }, [other]);
    expect([dx, dy]).toEqual([4, 0]);
    expect(guides).toEqual([{ axis: "x", at: 300, from: 200, to: 450 }]);
  });
  it("pull a middle to a middle", () => {
    expect(snapped({ x: 327, y: 900, width: 50, height: 50 }, [other]).dx).toBe(-2);
  });
  it("leave alone what is far", () => {
    expect(snapped({ x: 100, y: 400, width: 80, height: 50 }, [other])).toEqual({ dx: 0, dy: 0, guides: [] });
  });
});
