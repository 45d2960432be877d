/** Links are drawn by hand: what fits, and what fits is found. */
import { documentOf, dotRow, expectDocument, socket } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 2: sockets that do not fit fade while a link is drawn, and take none", async ({
  page,
  server,
  openDocument,
}) => {
  const document = dotRow();
  const name = await openDocument({
    ...document,
    nodes: { ...document.nodes, other: { type: "mask.to_image@1" } },
    ui: { positions: { ...document.ui?.positions, other: [320, 300] } },
  });
  const from = await socket(page, "mask", "o:out").boundingBox();
  const bad = await socket(page, "save", "i:image").boundingBox();
  const good = await socket(page, "other", "i:mask").boundingBox();
  if (!from || !bad || !good) throw new Error("a socket is not on the screen");
  await page.mouse.move(from.x + 7, from.y + 7);
  await page.mouse.down();
  await page.mouse.move(bad.x + 7, bad.y + 7, { steps: 8 });
  await expect(socket(page, "save", "i:image")).toHaveAttribute("data-fit", "no");
  await expect(socket(page, "other", "i:mask")).toHaveAttribute("data-fit", "yes");
  await page.mouse.up();
  await expect(socket(page, "save", "i:image")).toHaveAttribute("data-fit", "idle");
  await page.mouse.move(from.x + 7, from.y + 7);
  await page.mouse.down();
  await page.mouse.move(good.x + 7, good.y + 7, { steps: 8 });
  await page.mouse.up();
  await expectDocument(server, name, (one) => one.nodes.other?.inputs?.mask, { from: "mask" });
  expect((await documentOf(server, name)).nodes.save?.inputs?.image).toEqual({ from: "picture" });
});

test("row 6: a link dropped on empty canvas opens a search of what fits; Enter links it", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const from = await socket(page, "mask", "o:out").boundingBox();
  if (!from) throw new Error("the socket is not on the screen");
  await page.mouse.move(from.x + 7, from.y + 7);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 330, { steps: 8 });
  await page.mouse.up();
  const search = page.getByRole("dialog", { name: "Add a node" });
  await expect(search).toBeVisible();
  const rows = search.locator("[cmdk-item]");
  await expect(rows.first()).toBeVisible();
  await expect(search.locator('[cmdk-item][data-value="image.save"]')).toHaveCount(0);
  await page.keyboard.type("invert");
  await expect(rows.first()).toContainText("mask.invert");
  await page.keyboard.press("Enter");
  await expectDocument(server, name, (one) => one.nodes.invert?.inputs, { mask: { from: "mask" } });
});
