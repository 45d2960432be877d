/** Row 47: every view without a serious finding of axe, dark and light; readable at 200 %; still where one asks for it. */
import { expectAccessible } from "../support/axe";
import { card, dotRow } from "../support/canvas";
import { example } from "../support/documents";
import { openEmpty } from "../support/empty";
import { expect, test } from "../support/fixtures";

for (const colorScheme of ["dark", "light"] as const) {
  test.describe(colorScheme, () => {
    test.use({ colorScheme });

    test(`row 47: the graph and every panel, ${colorScheme}`, async ({ page, openDocument }) => {
      test.setTimeout(300_000);
      await openDocument(await example("text_to_image"));
      await expect(card(page, "cfg")).toBeVisible();
      await page.keyboard.press("Control+0"); // sizes count as they are at 100 %
      await page.waitForTimeout(600);
      await expectAccessible(page);
      const rail = page.getByRole("navigation", { name: "choose a panel" });
      for (const name of await rail
        .getByRole("button")
        .evaluateAll((all) => all.map((one) => one.ariaLabel ?? ""))) {
        await rail.getByRole("button", { name, exact: true }).click();
        await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
        await page.waitForTimeout(250);
        await expectAccessible(page, ".dock");
      }
    });

    test(`row 47: what opens above it, ${colorScheme}`, async ({ page, openDocument }) => {
      test.setTimeout(300_000);
      await openDocument(dotRow());
      await page.keyboard.press("Control+k");
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.waitForTimeout(250); // it fades in
      await expectAccessible(page, '[role="dialog"]');
      await page.keyboard.press("Escape");
      await page.keyboard.press("Shift+A");
      await expect(page.getByRole("dialog", { name: "Add a node" })).toBeVisible();
      await page.waitForTimeout(250); // it fades in
      await expectAccessible(page, '[role="dialog"]');
      await page.keyboard.press("Escape");
      await page.keyboard.press("Control+Slash");
      await expect(page.getByRole("dialog", { name: "Keys" })).toBeVisible();
      await page.waitForTimeout(250); // it fades in
      await expectAccessible(page, '[role="dialog"]');
      await page.keyboard.press("Escape");
      await card(page, "picture").locator(".card-head").click();
      await page.keyboard.press("l");
      await expect(page.getByRole("dialog", { name: /^Links of/ })).toBeVisible();
      await page.waitForTimeout(250); // it fades in
      await expectAccessible(page, '[role="dialog"]');
      await page.keyboard.press("Escape");
      await page.keyboard.press("F1");
      await expect(page.getByRole("dialog")).toBeVisible();
      await page.waitForTimeout(250); // it fades in
      await expectAccessible(page, '[role="dialog"]');
      await page.keyboard.press("Escape");
      await card(page, "picture").locator(".card-head").click({ button: "right" });
      await expect(page.getByRole("menu")).toBeVisible();
      await page.waitForTimeout(250); // it fades in
      await expectAccessible(page, '[role="menu"]');
    });

    test(`row 47: an empty canvas, ${colorScheme}`, async ({ page, server }) => {
      await openEmpty(page, server);
      await expectAccessible(page);
    });
  });
}

test("row 47: at 200 % everything can be reached, and nothing scrolls sideways", async ({
  page,
  openDocument,
}) => {
  await page.setViewportSize({ width: 640, height: 360 }); // 1280 × 720 zoomed to 200 %
  await openDocument(dotRow());
  await page.getByRole("button", { name: "Graph", exact: true }).click();
  await expect(page.getByRole("button", { name: "Run", exact: true })).toBeInViewport({ ratio: 1 });
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(640);
  const canvas = await page.getByTestId("canvas").boundingBox();
  expect(canvas?.height).toBeGreaterThan(180);
  await page.keyboard.press("Control+k");
  const list = page.getByRole("dialog").getByRole("listbox");
  await expect(list).toBeInViewport({ ratio: 0.9 });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Gallery" }).click();
  await expect(page.getByRole("heading", { name: "Gallery" })).toBeInViewport();
});

test("row 47: who asks for less motion gets none", async ({ page, openDocument }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await openDocument(dotRow());
  const times = await page.evaluate(() =>
    [...document.querySelectorAll("*")].flatMap((one) => {
      const { animationDuration, transitionDuration } = getComputedStyle(one);
      return [...animationDuration.split(","), ...transitionDuration.split(",")].map(Number.parseFloat);
    }),
  );
  expect(Math.max(...times)).toBeLessThanOrEqual(0.001);
  await page.keyboard.press("Control+0");
  const zoom = () =>
    page.locator(".react-flow__viewport").evaluate((one) => new DOMMatrix(getComputedStyle(one).transform).a);
  await expect.poll(zoom).toBeCloseTo(1, 3);
});

test("row 47: the theme is switched, and stays", async ({ page, openDocument }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await openDocument(dotRow());
  const root = page.locator("html");
  await expect(root).toHaveAttribute("data-theme", "dark");
  await page.getByRole("button", { name: /dark and light/ }).click();
  await expect(root).toHaveAttribute("data-theme", "light");
  await page.reload();
  await expect(card(page, "save")).toBeVisible();
  await expect(root).toHaveAttribute("data-theme", "light");
});
