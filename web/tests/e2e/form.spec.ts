/** Row 43: the workflow as a form, also on a phone. */
import { expectAccessible } from "../support/axe";
import { dot, example } from "../support/documents";
import { expect, test } from "../support/fixtures";
import { kept, literal } from "../support/runs";

test.describe("on a phone", () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true });

  test("row 43: a phone shows the form; its fields make the picture, without a graph", async ({
    page,
    server,
    openDocument,
  }) => {
    test.setTimeout(400_000);
    const name = await openDocument(await example("text_to_image"));
    const form = page.getByTestId("form");
    await expect(form).toBeVisible();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
    await page.getByLabel("Prompt").fill("a yellow square on a green background");
    await page.getByLabel("Prompt").blur();
    await page.getByLabel("Steps").fill("2");
    await page.getByLabel("Steps").press("Enter");
    await expect.poll(() => literal(server, name, "schedule", "steps")).toBe(2);
    await expect
      .poll(() => literal(server, name, "positive", "text"))
      .toBe("a yellow square on a green background");
    await page.getByRole("button", { name: "Make the picture" }).tap();
    const result = form.getByRole("img", { name: "the result" });
    await expect(result).toBeVisible({ timeout: 200_000 });
    await expect.poll(() => result.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(128);
    await expectAccessible(page);
    await page.getByRole("button", { name: "Graph", exact: true }).tap();
    await expect(page.getByTestId("canvas")).toBeVisible(); // from far away, on a phone
  });
});

test("row 43: what stands in the form is chosen, and kept in the document's interface", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dot());
  await page.getByRole("button", { name: "Form", exact: true }).click();
  await expect(page.locator("[data-input='right']")).toBeVisible();
  await page.getByRole("button", { name: "Choose what stands here…" }).click();
  await page.getByLabel("Mask: right").check();
  await page.getByLabel("Mask: width").uncheck();
  await page.getByRole("button", { name: "Done" }).click();
  await expect(page.locator("[data-input='width']")).toHaveCount(0);
  await expect(page.locator("[data-input='right']")).toBeVisible();
  await expect
    .poll(async () => JSON.stringify((await kept(server, name)).interface))
    .toContain('{"to":"mask.right"}');
  await page.getByRole("button", { name: "Make the picture" }).click();
  await expect(page.getByRole("img", { name: "the result" })).toBeVisible({ timeout: 150_000 });
});
