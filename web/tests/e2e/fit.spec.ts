/** What is seen first: the whole graph in the part of the window that is free, as large as it goes. */
import type { Page } from "@playwright/test";
import { card, zoomOf } from "../support/canvas";
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";

const STAGES = ["positive", "negative", "schedule", "noise", "cond", "uncond", "cfg", "solve", "image"];

/** Every card stands wholly in the canvas, and none lies on another. */
async function expectFitted(page: Page): Promise<void> {
  const stage = await page.locator(".stage").boundingBox();
  if (stage === null) throw new Error("there is no canvas");
  await expect
    .poll(async () => {
      const boxes = await page.locator(".card").evaluateAll((all) =>
        all.map((one) => {
          const { x, y, right, bottom } = one.getBoundingClientRect();
          return { x, y, right, bottom };
        }),
      );
      const within = boxes.filter(
        (one) =>
          one.x >= stage.x &&
          one.y >= stage.y &&
          one.right <= stage.x + stage.width &&
          one.bottom <= stage.y + stage.height,
      );
      const widest = Math.max(...boxes.map((one) => one.right)) - Math.min(...boxes.map((one) => one.x));
      return [boxes.length, within.length, widest > stage.width * 0.9];
    })
    .toEqual([11, 11, true]);
}

test("the first sight: every stage with its equation, large enough to read", async ({
  page,
  openDocument,
}) => {
  await openDocument(await example("text_to_image"));
  await expectFitted(page);
  expect(await zoomOf(page)).toBeGreaterThan(0.65);
  for (const stage of STAGES) await expect(card(page, stage).locator(".card-formula")).toBeInViewport();
});

test("beside a panel the graph is still large enough to read, from what is written to the picture; F shows all", async ({
  page,
  openDocument,
}) => {
  await openDocument(await example("text_to_image"));
  const all = await zoomOf(page);
  await page.getByRole("button", { name: "Gallery" }).click();
  await expect.poll(() => zoomOf(page)).toBeLessThan(all);
  expect(await zoomOf(page)).toBeGreaterThan(0.6);
  for (const one of ["positive", "negative", "noise", "cond", "uncond", "cfg", "solve", "image", "save"])
    await expect(card(page, one)).toBeInViewport({ ratio: 0.99 });
  await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
  await page.keyboard.press("f");
  await expectFitted(page);
  await page.getByRole("button", { name: "Close Gallery" }).click();
  await expect.poll(() => zoomOf(page)).toBeCloseTo(all, 3);
  await expectFitted(page);
});

test("what is selected stays in view when a panel opens beside it", async ({ page, openDocument }) => {
  await openDocument(await example("text_to_image"));
  await card(page, "model").locator(".card-head").click();
  await page.getByRole("button", { name: "Selection" }).click();
  await expect(page.getByRole("heading", { name: "Selection" })).toBeVisible();
  await expect(card(page, "model")).toBeInViewport({ ratio: 0.99 });
  expect(await zoomOf(page)).toBeGreaterThan(0.6);
});

test("a view that a person has moved stays as it is", async ({ page, openDocument }) => {
  await openDocument(await example("text_to_image"));
  const place = () => page.locator(".react-flow__viewport").getAttribute("style");
  const fitted = await place();
  await page.mouse.move(700, 690);
  await page.mouse.wheel(0, 60);
  await expect.poll(place).not.toBe(fitted);
  const moved = await place();
  await page.getByRole("button", { name: "Gallery" }).click();
  await expect(page.getByRole("heading", { name: "Gallery" })).toBeVisible();
  await page.waitForTimeout(300);
  expect(await place()).toBe(moved);
  await page.getByRole("button", { name: "Close Gallery" }).click();
  await page.mouse.click(700, 690);
  await page.keyboard.press("f");
  await expect.poll(place).toBe(fitted);
});
