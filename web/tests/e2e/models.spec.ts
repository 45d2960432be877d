/** Row 24: choosing models, and what to do about one that is missing. */
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";
import { literal } from "../support/runs";

async function withModel(model: unknown) {
  const document = (await example("text_to_image")) as { nodes: Record<string, { inputs: object }> };
  const nodes = { ...document.nodes, model: { type: "model.load@1", inputs: { model } } };
  return { ...document, nodes };
}

test("row 24: a missing model is named with its digest; another is chosen by family and size", async ({
  page,
  server,
  openDocument,
}) => {
  const digest = `sha256:${"ab".repeat(32)}`;
  const name = await openDocument(await withModel({ file: "lost-model", digest }));
  await page.getByRole("button", { name: "model: lost-model, missing" }).click();
  const dialog = page.getByRole("dialog", { name: "Choose a model" });
  await expect(dialog).toContainText("This server has no model lost-model");
  await expect(dialog).toContainText(digest);
  const shapes = dialog.locator("[data-model='shapes']");
  await expect(shapes).toContainText("Stable Diffusion");
  await expect(shapes).toContainText("MB");
  await dialog.getByLabel("Remember its bytes too").uncheck();
  await shapes.click();
  await expect.poll(() => literal(server, name, "model", "model")).toBe("shapes");
});

test("row 24: a model under another name is known by its bytes", async ({ page, server, openDocument }) => {
  const { models } = await server.ask<{ models: { name: string; digest: string | null }[] }>("GET", "models");
  const digest = models.find((one) => one.name === "shapes")?.digest ?? "";
  const name = await openDocument(await withModel({ file: "an-old-name", digest }));
  await page.getByRole("button", { name: "model: an-old-name" }).click();
  const dialog = page.getByRole("dialog", { name: "Choose a model" });
  await expect(dialog).toContainText("an-old-name is here as shapes: the same bytes");
  await dialog.getByRole("button", { name: "Use its name here" }).click();
  await expect.poll(() => literal(server, name, "model", "model")).toEqual({ file: "shapes", digest });
});

test("row 24: the panel lists models with their parts and bytes", async ({ page, openDocument }) => {
  await openDocument();
  await page.getByRole("button", { name: "Models" }).click();
  const row = page.locator(".model-row[data-model='shapes']");
  await expect(row).toContainText("Stable Diffusion");
  await row.locator("summary").click();
  await expect(row).toContainText("unet");
  await expect(row).toContainText("sha256:");
});
