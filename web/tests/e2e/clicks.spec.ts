/** A link needs no drag (WCAG 2.5.7): a click on a socket, then one on a socket that fits, or on a card with only one. */
import { card, documentOf, dotRow, socket } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("two clicks link; Escape, the canvas and the socket itself give up", async ({
  page,
  server,
  openDocument,
}) => {
  const document = dotRow();
  for (const one of [document.nodes.picture, document.nodes.save]) if (one !== undefined) one.inputs = {};
  const name = await openDocument(document);
  const inputs = async (node: string) => (await documentOf(server, name)).nodes[node]?.inputs;
  const bar = page.getByRole("toolbar", { name: "link" });
  const from = socket(page, "mask", "o:out");
  await expect(bar).toBeHidden();

  await from.click();
  await expect(bar).toContainText("Mask");
  await expect(from).toHaveAttribute("data-fit", "self");
  await expect(socket(page, "save", "i:image")).toHaveAttribute("data-fit", "no");
  await page.keyboard.press("Escape");
  await expect(bar).toBeHidden();
  await from.click();
  await from.click();
  await expect(bar).toBeHidden();
  await from.click();
  await page.mouse.click(640, 640);
  await expect(bar).toBeHidden();

  await from.click();
  await socket(page, "picture", "i:mask").click();
  await expect(bar).toBeHidden();
  await expect.poll(() => inputs("picture")).toEqual({ mask: { from: "mask" } });

  await socket(page, "picture", "o:out").click();
  await card(page, "save")
    .locator(".card-head")
    .click({ position: { x: 60, y: 12 } });
  await expect.poll(() => inputs("save")).toEqual({ image: { from: "picture" } });

  await page.keyboard.press("Escape");
  await socket(page, "picture", "o:out").click();
  await bar.getByRole("button", { name: "New node" }).click();
  const search = page.getByRole("dialog", { name: "Add a node" });
  await search.getByRole("combobox").fill("image.invert");
  await page.keyboard.press("Enter");
  await expect.poll(() => inputs("invert")).toEqual({ image: { from: "picture" } });
});
