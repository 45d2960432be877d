/** Row 44: templates, with pictures, which open and are valid; and the tour. */
import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";

const ROOT = resolve(import.meta.dirname, "../../..");

async function count(folder: string, suffix: string): Promise<number> {
  return (await readdir(resolve(ROOT, folder))).filter((one) => one.endsWith(suffix)).length;
}

test("row 44: the templates show what they make, and open as valid workflows with what they read", async ({
  page,
  server,
  openDocument,
}) => {
  await openDocument();
  await page.getByRole("button", { name: "Workflows" }).first().click();
  const cards = page.locator("[data-template]");
  await expect(cards).toHaveCount(await count("workflows", ".json"));
  const pictures = page.locator("[data-template] img");
  await expect(pictures).toHaveCount(await count("web/src/templates/pictures", ".webp"));
  for (const picture of await pictures.all()) {
    await picture.scrollIntoViewIfNeeded();
    await expect
      .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
      .toBeGreaterThan(0);
  }
  for (const template of ["inpainting", "seed_sweep"]) {
    await page.locator(`[data-template='${template}']`).click();
    await expect(page).toHaveURL(new RegExp(`#/${template}`));
    await expect(page.getByTestId("canvas")).toBeVisible(); // a wide graph beside a panel is seen from far away
    const name = new URL(page.url()).hash.slice(2);
    const workflow = await server.ask("GET", `workflows/${name}`);
    expect(await server.ask("POST", "plan", { workflow })).toHaveProperty("nodes");
  }
});

test("row 44: an empty workflow offers the templates", async ({ page, server, editor }) => {
  await editor.getByRole("button", { name: "New workflow" }).click();
  await expect(page.getByRole("heading", { name: "An empty canvas" })).toBeVisible();
  await page.getByRole("region", { name: "begin" }).locator("[data-template='text_to_image']").click();
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  const { workflows } = await server.ask<{ workflows: { name: string }[] }>("GET", "workflows");
  expect(workflows.map((one) => one.name)).toContain("text_to_image");
});

test("the tour is offered once, goes through its stations by Enter, and ends", async ({
  page,
  openDocument,
}) => {
  await openDocument(await example("text_to_image"));
  await page.getByRole("button", { name: "New here? A tour" }).click();
  const card = page.getByRole("dialog", { name: "tour" });
  for (let at = 1; at <= 6; at += 1) {
    await expect(card).toContainText(`${at} of 6`);
    await expect(page.locator(".tour-ring")).toBeVisible();
    await page.keyboard.press("Enter");
  }
  await expect(card).toHaveCount(0);
  await page.reload();
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  await expect(page.getByRole("button", { name: "New here? A tour" })).toHaveCount(0);
});
