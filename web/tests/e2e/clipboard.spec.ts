/** Nodes are copied, cut and pasted with their links. */
import { card, documentOf, dotRow, expectDocument, select } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 17: nodes are copied with their links: here, and into another tab", async ({
  page,
  server,
  openDocument,
}) => {
  const other = await openDocument({ ...dotRow(), nodes: { mask: { type: "mask.ellipse@1" } } });
  const name = await openDocument(dotRow());
  await select(page, "picture", "save");
  await page.keyboard.press("Control+c");
  await page.mouse.move(400, 600);
  await page.keyboard.press("Control+v");
  await expectDocument(server, name, (one) => one.nodes.save_2?.inputs?.image, { from: "picture_2" });
  const after = await documentOf(server, name);
  expect(after.nodes.picture_2?.inputs?.mask).toEqual({ from: "mask" });
  expect(Object.keys(after.nodes)).toHaveLength(5);
  await expect(card(page, "picture_2")).toHaveAttribute("data-selected", "true");

  const second = await page.context().newPage();
  await second.goto(`${server.url}#/${other}`);
  await expect(card(second, "mask")).toBeVisible();
  await second.mouse.move(400, 500);
  await second.keyboard.press("Control+v");
  await expectDocument(server, other, (one) => one.nodes.save?.inputs?.image, { from: "picture" });
  const pasted = await documentOf(server, other);
  expect(Object.keys(pasted.nodes)).toEqual(["mask", "picture", "save"]);
  expect(pasted.nodes.picture?.inputs?.mask).toBeUndefined(); // `mask` is another node there

  await page.bringToFront();
  await select(page, "mask");
  await page.keyboard.press("Control+d");
  await expectDocument(server, name, (one) => one.nodes.mask_2?.inputs?.width, 64);
  await page.keyboard.press("Control+x");
  await expectDocument(server, name, (one) => Object.keys(one.nodes).includes("mask_2"), false);
  await page.keyboard.press("Control+v");
  await expectDocument(server, name, (one) => one.nodes.mask_2?.inputs?.width, 64);
});
