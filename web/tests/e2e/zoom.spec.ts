/** Row 47: a page zoomed to 200 %: half as many pixels each way. Nothing is cut off, and axe finds nothing serious. */
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { dotRow, select } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test.use({ viewport: { width: 640, height: 360 } });

/** It stands whole within the window, and what is in it can be reached: it fits, or it scrolls. */
async function expectWhole(page: Page, shown: Locator, within?: string): Promise<void> {
  await expect(shown).toBeVisible();
  await expect(async () => {
    const box = await shown.boundingBox();
    if (box === null) throw new Error("it is not on the screen");
    expect([box.x, box.y].every((edge) => edge >= 0)).toBe(true);
    expect(box.x + box.width).toBeLessThanOrEqual(640);
    expect(box.y + box.height).toBeLessThanOrEqual(360);
  }).toPass();
  const hidden = await shown.evaluate((root) => {
    const cut: string[] = [];
    for (const element of root.querySelectorAll<HTMLElement>(
      "button, input, [role=option], [role=menuitem]",
    )) {
      if (!element.checkVisibility()) continue;
      element.scrollIntoView({ block: "center", inline: "nearest" });
      const { left, top, right, bottom } = element.getBoundingClientRect();
      const found = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
      const wide = left < -1 || right > innerWidth + 1; // but for parts of a pixel
      if (wide || found === null || !(element.contains(found) || found.contains(element)))
        cut.push(element.getAttribute("aria-label") ?? element.textContent ?? element.tagName);
    }
    return cut;
  });
  expect(hidden, "what cannot be brought into sight").toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
  await expectAccessible(page, within);
}

test("row 47: at 200 % palette, search, menu and dialogs are whole", async ({ page, openDocument }) => {
  test.setTimeout(300_000);
  await openDocument(dotRow());
  if (await page.getByTestId("form").isVisible()) await page.getByRole("button", { name: "Graph" }).click();
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeInViewport({ ratio: 1 });
  const dialog = page.getByRole("dialog");

  await page.keyboard.press("Control+k");
  await expectWhole(page, dialog);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.keyboard.press("Shift+A");
  await expectWhole(page, dialog);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.keyboard.press("Control+Slash");
  await expectWhole(page, dialog);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await select(page, "picture");
  await page.keyboard.press("l");
  await expectWhole(page, dialog);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.keyboard.press("F1");
  await expectWhole(page, dialog);
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();

  await page.keyboard.press("Shift+F10");
  await expectWhole(page, page.getByRole("menu"), "[role=menu]");
  await page.keyboard.press("Escape");
});

test("row 47: at 200 % each panel and the form can be read to their end", async ({ page, openDocument }) => {
  test.setTimeout(300_000);
  await openDocument(dotRow());
  const rail = page.getByRole("navigation", { name: "choose a panel" });
  for (const name of ["Workflows", "Queue", "History", "Settings", "Outline"]) {
    await rail.getByRole("button", { name, exact: true }).click();
    const panel = page.getByRole("region", { name, exact: true });
    await expectWhole(page, panel);
    await panel.getByRole("button", { name: `Close ${name}` }).click();
  }
});
