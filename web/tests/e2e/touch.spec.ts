/** Row 46, by fingers alone: pinch, pan, long press; and the views of a phone. */
import { devices, type Page } from "@playwright/test";
import { dotRow, zoomOf } from "../support/canvas";
import { expect, test } from "../support/fixtures";
import { longPress, sweep } from "../support/touch";

const PHONE = devices["Pixel 7"];
test.use({
  hasTouch: true,
  isMobile: true,
  viewport: { width: 390, height: 844 },
  userAgent: PHONE?.userAgent ?? "",
});

/** A phone begins with the form. */
async function toGraph(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Graph", exact: true }).tap();
  await expect(page.getByTestId("canvas")).toBeVisible();
}

function panOf(page: Page): Promise<[number, number]> {
  return page.locator(".react-flow__viewport").evaluate((element) => {
    const { e, f } = new DOMMatrix(getComputedStyle(element).transform);
    return [e, f] as [number, number];
  });
}

test("row 46: two fingers zoom and pan, one finger pans", async ({ page, openDocument }) => {
  await openDocument(dotRow());
  await toGraph(page);
  await page.waitForTimeout(600);
  const zoom = await zoomOf(page);
  await sweep(
    page,
    [
      { x: 150, y: 640, id: 0 },
      { x: 240, y: 640, id: 1 },
    ],
    [
      { x: 60, y: 640 },
      { x: 330, y: 640 },
    ],
  );
  await expect.poll(() => zoomOf(page)).toBeGreaterThan(zoom * 1.5);
  const before = await panOf(page);
  const wide = await zoomOf(page);
  await sweep(
    page,
    [
      { x: 100, y: 640, id: 0 },
      { x: 200, y: 640, id: 1 },
    ],
    [
      { x: 180, y: 700 },
      { x: 280, y: 700 },
    ],
  );
  await expect.poll(async () => (await panOf(page))[0] - before[0]).toBeGreaterThan(40);
  expect(Math.abs((await zoomOf(page)) / wide - 1)).toBeLessThan(0.1);
  const here = await panOf(page);
  await sweep(page, [{ x: 300, y: 700 }], [{ x: 200, y: 640 }]);
  await expect.poll(async () => (await panOf(page))[0] - here[0]).toBeLessThan(-40);
});

test("row 46: a finger that stays opens the menu, of the canvas and of a node", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  await toGraph(page);
  await page.waitForTimeout(600);
  await longPress(page, 195, 690);
  await expect(page.getByRole("menuitem", { name: /^Add a node/ })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("menu")).toBeHidden();
  const box = await page.locator('[data-node="picture"]').boundingBox();
  await longPress(page, (box?.x ?? 0) + 20, (box?.y ?? 0) + 8);
  await expect(page.getByRole("menuitem", { name: /^Links/ })).toBeVisible();
});

test("a phone shows the whole graph, its Run and its panels", async ({ page, openDocument }) => {
  await openDocument(dotRow());
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeInViewport({ ratio: 1 });
  await toGraph(page);
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeInViewport({ ratio: 1 });
  await expect(page.getByRole("button", { name: "Gallery" })).toBeInViewport({ ratio: 1 });
  for (const node of ["mask", "picture", "save"])
    await expect(page.locator(`[data-node="${node}"]`)).toBeInViewport();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
  await page.getByRole("button", { name: "Gallery" }).tap();
  await expect(page.getByRole("heading", { name: "Gallery" })).toBeInViewport();
});

test("row 46: a field that is tapped from far away comes near, and stays above the keyboard", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  await toGraph(page);
  await page.waitForTimeout(600);
  expect(await zoomOf(page)).toBeLessThan(0.7);
  const field = page.locator('[data-node="mask"]').getByRole("spinbutton", { name: "left" });
  await field.tap();
  await expect(field).toBeFocused();
  await expect.poll(() => zoomOf(page)).toBe(1);
  await expect(page.getByRole("toolbar", { name: "canvas" })).toBeHidden(); // it would be in the way
  await page.setViewportSize({ width: 390, height: 300 }); // what a keyboard leaves
  await expect(field).toBeInViewport({ ratio: 1 });
  await expect(field).toBeFocused();
});
