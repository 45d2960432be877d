/** Row 8: workflows from files and into them; photos that are dropped or pasted. */
import { readFile } from "node:fs/promises";
import { encodePng } from "../../src/panels/files/png";
import { dot, example } from "../support/documents";
import { give } from "../support/files";
import { expect, test } from "../support/fixtures";
import { kept } from "../support/runs";

const opened = (url: string): string => new URL(url).hash.slice(2);

async function photo(): Promise<Uint8Array> {
  const pixels = Uint8ClampedArray.from({ length: 16 * 12 * 4 }, (_, at) =>
    at % 4 === 3 ? 255 : (at * 7) % 256,
  );
  return encodePng(pixels, 16, 12);
}

test("row 8: a picture of the graph carries it; dropped into a fresh tab, it is the same graph", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(await example("image_to_image"));
  await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.keyboard.press("Control+Shift+S"),
  ]);
  expect(download.suggestedFilename()).toBe(`${name}.png`);
  const bytes = new Uint8Array(await readFile(await download.path()));

  const other = await page.context().newPage();
  await other.goto(server.url);
  await expect(other.locator(".react-flow__node").first()).toBeVisible();
  await give(other, "drop", [{ name: "from outside.png", type: "image/png", bytes }]);
  await expect(other).toHaveURL(/#\/from_outside/);
  await expect(other.locator(".react-flow__node").first()).toBeVisible();
  const [was, is] = [await kept(server, name), await kept(server, opened(other.url()))];
  expect({ ...is, name: null }).toEqual({ ...was, name: null });
});

test("row 8: a picture that a run made opens as its graph; so do JSON files, dropped and pasted", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument();
  await page.getByRole("button", { name: "Run" }).first().click();
  const picture = page.locator('.card img[src*="/artifacts/"]').first();
  await expect(picture).toBeVisible({ timeout: 50_000 });
  const address = new URL((await picture.getAttribute("src")) ?? "", server.url);
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${server.token}` } });
  const bytes = new Uint8Array(await answer.arrayBuffer());
  await give(page, "drop", [{ name: "made-0001.png", type: "image/png", bytes }]);
  await expect(page).toHaveURL(/#\/made/);
  await expect(page.locator(".react-flow__node")).toHaveCount(3);
  expect((await kept(server, opened(page.url()))).nodes).toEqual((await kept(server, name)).nodes);

  const json = new TextEncoder().encode(JSON.stringify(dot()));
  await give(page, "paste", [{ name: "pasted.json", type: "application/json", bytes: json }]);
  await expect(page).toHaveURL(/#\/pasted/);
  await expect(page.locator(".react-flow__node")).toHaveCount(3);
});

test("row 8: a file that is no workflow is refused with a sentence, and nothing is made", async ({
  page,
  server,
  openDocument,
}) => {
  await openDocument();
  const before = await server.ask<{ workflows: unknown[] }>("GET", "workflows");
  await give(page, "drop", [
    { name: "notes.txt", type: "text/plain", bytes: new TextEncoder().encode("hello") },
  ]);
  await expect(page.getByRole("alert")).toContainText("notes.txt is neither a workflow nor a picture");
  expect((await server.ask<{ workflows: unknown[] }>("GET", "workflows")).workflows).toHaveLength(
    before.workflows.length,
  );
});

test("a photo that is dropped or pasted becomes an image.load node that has it", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument();
  const bytes = await photo();
  await give(page, "drop", [{ name: "me.png", type: "image/png", bytes }], { x: 300, y: 600 });
  const cards = page.locator("[data-type='image.load']");
  await expect(cards).toHaveCount(1);
  await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
  await give(page, "paste", [{ name: "again.png", type: "image/png", bytes }]);
  await expect(cards).toHaveCount(2);
  const files = async () =>
    Object.values((await kept(server, name)).nodes)
      .filter((one) => one.type.startsWith("image.load"))
      .map((one) => one.inputs?.file);
  await expect.poll(async () => (await files()).length).toBe(2); // shown at once, kept a moment later
  for (const file of await files()) expect(file).toMatch(/^uploads\/[0-9a-f]{64}\.png$/);
});
