import { expect, test } from "vitest";
import {
  begun,
  dropped,
  movedTo,
  pressed,
  redone,
  released,
  sized,
  toggled,
  undone,
  wayOf,
  withTool,
} from "./painting";
import { coverText, saidOf } from "./words";

const start = begun(200, 100);

test("a brush paints along the way of the hand while it is pressed, and not before or after", () => {
  const down = pressed(movedTo(start, [10, 20]));
  const along = movedTo(movedTo(down, [30, 20]), [30, 40]);
  const up = released(along);
  expect(up.strokes).toEqual([
    {
      kind: "paint",
      size: start.size,
      points: [
        [10, 20],
        [30, 20],
        [30, 40],
      ],
    },
  ]);
  expect(movedTo(up, [90, 90]).strokes).toBe(up.strokes);
  expect(released(up)).toBe(up);
  expect(pressed(down)).toBe(down);
});

test("a key that cannot be held is pressed twice", () => {
  const twice = toggled(movedTo(toggled({ ...start, erase: true }), [1, 1]));
  expect(twice.strokes).toMatchObject([
    {
      kind: "erase",
      points: [
        [100, 50],
        [1, 1],
      ],
    },
  ]);
});

test("a shape has two corners: pressed twice, or from where it is pressed to where it is let go", () => {
  const box = withTool(start, "rectangle");
  const shape = { kind: "shape", shape: "rectangle", erase: false, from: [10, 10], to: [50, 40] };
  const first = released(pressed(movedTo(box, [10, 10]))); // let go where it was: still one corner
  expect(first.corner).toEqual([10, 10]);
  expect(pressed(movedTo(first, [50, 40])).strokes).toEqual([shape]);
  expect(released(movedTo(pressed(movedTo(box, [10, 10])), [50, 40])).strokes).toEqual([shape]);
  expect(pressed(movedTo(first, [10, 40])).strokes).toEqual([]); // without a width it is nothing
});

test("the hand stays on the picture; arrows lead by a step, by five, by a pixel, or between two ways", () => {
  expect(movedTo(start, [-5, 900]).cursor).toEqual([0, 100]);
  expect(wayOf(start, ["ArrowRight"], false, false)).toEqual([102, 50]);
  expect(wayOf(start, ["ArrowRight", "ArrowUp"], true, false)).toEqual([110, 40]);
  expect(wayOf(start, ["ArrowLeft"], false, true)).toEqual([99, 50]);
  expect(wayOf(start, ["End", "PageUp"], false, false)).toEqual([200, 0]);
});

test("what is undone comes back, until something else is painted; what is under way is dropped", () => {
  const one = released(pressed(start));
  const none = undone(one);
  expect([none.strokes.length, redone(none).strokes]).toEqual([0, one.strokes]);
  expect(redone(released(pressed(none))).strokes).toHaveLength(1);
  expect(undone(none)).toBe(none);
  expect(dropped(pressed(start)).pen).toBeNull();
  expect(dropped(start)).toBe(start);
  expect([sized(start, 0).size, sized(start, 9e9).size]).toEqual([1, 100]);
});

test("what is done is said, and how much is masked", () => {
  const down = pressed(start);
  const up = released(down);
  const box = withTool(start, "ellipse");
  const corner = pressed(movedTo(box, [0, 0]));
  const moments = [start, down, up, undone(up), redone(undone(up))];
  expect(moments.slice(1).map((now, at) => saidOf(moments[at] ?? start, now))).toEqual([
    "Brush down",
    "Brush lifted",
    "Undone",
    "Redone",
  ]);
  expect(saidOf(start, box)).toBe("Ellipse: Space sets one corner, then the other");
  expect(saidOf(movedTo(box, [0, 0]), corner)).toBe("First corner at 0, 0");
  expect(saidOf(movedTo(corner, [30, 20]), pressed(movedTo(corner, [30, 20])))).toBe(
    "Ellipse of 30 by 20 painted",
  );
  expect(coverText(Uint8ClampedArray.from([0, 0, 0, 255, 0, 0, 0, 0]))).toBe("50 % masked");
});
