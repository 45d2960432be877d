/** The settings panel: each choice changes something, and lasts over a reload. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { dotRow } from "../support/canvas";
import { expect, test } from "../support/fixtures";

async function openSettings(page: Page): Promise<void> {
  const panel = page.getByRole("region", { name: "Settings" });
  if (!(await panel.isVisible())) await page.getByRole("button", { name: "Settings" }).click();
  await expect(panel).toBeVisible();
}

function ground(page: Page): Promise<string> {
  return page.getByTestId("canvas").evaluate((element) => getComputedStyle(element).backgroundColor);
}

test("colours: dark, light, and what the system wishes", async ({ page, openDocument }) => {
  await page.emulateMedia({ colorScheme: "light" });
  await openDocument(dotRow());
  const html = page.locator("html");
  await expect(html).toHaveAttribute("data-theme", "light");
  const light = await ground(page);
  await openSettings(page);
  await page.getByRole("radio", { name: "Dark" }).check();
  await expect(html).toHaveAttribute("data-theme", "dark");
  const dark = await ground(page);
  expect(dark).not.toBe(light);
  await page.reload();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await openSettings(page);
  await expect(page.getByRole("radio", { name: "Dark" })).toBeChecked();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.getByRole("radio", { name: "Light" }).check();
  await page.reload();
  await expect(html).toHaveAttribute("data-theme", "light");
  await expect.poll(() => ground(page)).toBe(light);
  await openSettings(page);
  await page.getByRole("radio", { name: "As the system" }).check();
  await expect(html).toHaveAttribute("data-theme", "dark");
  await page.emulateMedia({ colorScheme: "light" });
  await expect(html).toHaveAttribute("data-theme", "light");
  await page.reload();
  await expect(html).toHaveAttribute("data-theme", "light");
  await openSettings(page);
  await expectAccessible(page, ".panel");
});

test("a workflow is shown as a graph, as a form, or as the screen suggests", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  const [graph, form] = [page.getByTestId("canvas"), page.getByTestId("form")];
  await expect(graph).toBeVisible();
  await openSettings(page);
  await page.getByRole("radio", { name: "As a form", exact: true }).check();
  await expect(form).toBeVisible();
  await page.reload();
  await expect(form).toBeVisible();
  await openSettings(page);
  await expect(page.getByRole("radio", { name: "As a form", exact: true })).toBeChecked();
  await page.getByRole("radio", { name: "As a graph", exact: true }).check();
  await expect(graph).toBeVisible();
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload();
  await expect(graph).toBeVisible();
  await openSettings(page);
  await page.getByRole("radio", { name: /^As a form on small screens/ }).check();
  await expect(form).toBeVisible();
  await page.reload();
  await expect(form).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 720 });
  await expect(graph).toBeVisible();
});

test("keys that were chosen work after a reload, and the usual ones come back", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  await openSettings(page);
  await page.getByRole("region", { name: "Settings" }).getByRole("button", { name: /^Keys/ }).click();
  const sheet = page.getByRole("dialog", { name: "Keys" });
  await sheet.getByRole("searchbox").fill("switch between dark");
  await sheet.getByRole("button", { name: /^Keys for Switch between dark and light/ }).click();
  await page.keyboard.press("Alt+j");
  await expect(sheet.getByRole("button", { name: /^Keys for Switch between/ })).toContainText("J");
  await sheet.getByRole("button", { name: "Close" }).click();
  await page.reload();
  await expect(page.getByTestId("canvas")).toBeVisible();
  const theme = page.locator("html");
  const before = await theme.getAttribute("data-theme");
  await page.keyboard.press("Alt+j");
  await expect(theme).not.toHaveAttribute("data-theme", before ?? "");
  await page.keyboard.press("Control+Slash");
  await sheet.getByRole("searchbox").fill("switch between dark");
  await sheet.getByRole("button", { name: /^The usual keys/ }).click();
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(page.getByTestId("canvas")).toBeVisible();
  const after = await theme.getAttribute("data-theme");
  await page.keyboard.press("Alt+j");
  await page.keyboard.press("Control+k"); // what comes after it is heard: the key before has done nothing
  await expect(page.getByRole("dialog")).toBeVisible();
  expect(await theme.getAttribute("data-theme")).toBe(after);
});

test("the facts of the server stand there, and signing out asks for the token", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  await openSettings(page);
  const panel = page.getByRole("region", { name: "Settings" });
  await expect(panel.locator("dl")).toContainText(/\d+\.\d+/);
  await expect(panel.locator("dl")).toContainText("cpu");
  await panel.getByRole("button", { name: "Sign this browser out" }).click();
  await expect(page.getByRole("textbox", { name: /token/i })).toBeVisible();
  await expect(page.locator(".editor")).toHaveCount(0);
});
