/** Between the cards and the painted layer no frame is empty. */
import { card, type Document, dotRow, zoomOf } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("coming near and going far, there is always a graph to see", async ({ page, openDocument }) => {
  await openDocument(wide());
  const canvas = page.getByTestId("canvas");
  await expect(canvas).toHaveAttribute("data-far", "true");
  await page.evaluate(watchForGaps);
  await page.keyboard.press("Control+0");
  await expect(card(page, "middle")).toBeVisible();
  await expect(page.locator(".far-layer")).toHaveCount(0);
  expect(await zoomOf(page)).toBeCloseTo(1, 2);
  await page.keyboard.press("f");
  await expect(canvas).toHaveAttribute("data-far", "true");
  await expect(page.locator(".react-flow__node")).toHaveCount(0);
  await page.keyboard.press("Control+0");
  await expect(page.locator(".far-layer")).toHaveCount(0);
  const { both, gaps } = await page.evaluate(() => (window as unknown as { seen: Seen }).seen);
  expect(gaps).toEqual([]);
  expect(both, "frames in which what is painted lies over the cards").toBeGreaterThanOrEqual(2);
});

interface Seen {
  both: number;
  gaps: string[];
}

/** A card in the middle, between two that are far away. */
function wide(): Document {
  const document = dotRow();
  const { width, height, left, top, right, bottom } = document.nodes.mask?.inputs ?? {};
  document.nodes.middle = { type: "mask.ellipse@1", inputs: { width, height, left, top, right, bottom } };
  document.ui = {
    positions: { mask: [0, 0], middle: [6000, 3000], picture: [9000, 3000], save: [12_000, 6000] },
  };
  return document;
}

/** In the page: after everything that changes, and before each frame, is anything of the graph there? */
function watchForGaps(): void {
  const seen: Seen = { both: 0, gaps: [] };
  (window as unknown as { seen: Seen }).seen = seen;
  const look = (when: string): void => {
    const painted = document.querySelector<HTMLCanvasElement>(".far-layer");
    const cards = document.querySelectorAll(".react-flow__node").length;
    if (cards > 0 && painted !== null && when === "a frame") seen.both += 1;
    if (cards === 0 && (painted === null || isEmpty(painted))) seen.gaps.push(when);
  };
  const isEmpty = (painted: HTMLCanvasElement): boolean => {
    const { width, height } = painted;
    const pixels = painted.getContext("2d")?.getImageData(0, 0, width, height).data ?? [];
    for (let at = 3; at < pixels.length; at += 4) if (pixels[at] !== 0) return false;
    return true;
  };
  new MutationObserver(() => look("a change")).observe(document.querySelector(".canvas") ?? document.body, {
    childList: true,
    subtree: true,
  });
  const frame = (): void => {
    look("a frame");
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}
