/** Nodes are found by what a person remembers of them. */
import { dotRow, expectDocument } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 7: nodes are found by name, by what they are for, by paper; strewn letters too", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const first = page.getByRole("dialog", { name: "Add a node" }).locator("[cmdk-item]").first();
  await page.mouse.move(500, 560);
  for (const [query, found] of [
    ["cfg", "guidance.cfg"],
    ["gcfg", "guidance.cfg"],
    ["Ho Salimans", "guidance.cfg"],
    ["classifier free", "guidance.cfg"],
    ["decode", "vae.decode"],
  ] as const) {
    await page.keyboard.press("Space");
    await expect(page.getByRole("dialog", { name: "Add a node" }).getByRole("combobox")).toBeFocused();
    await page.keyboard.type(query);
    await expect(first).toContainText(found);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Space");
  await expect(page.getByRole("dialog", { name: "Add a node" }).getByRole("combobox")).toBeFocused();
  await page.keyboard.type("classifier");
  await expect(first).toContainText("guidance.cfg");
  await page.keyboard.press("Enter");
  await expectDocument(server, name, (one) => one.nodes.cfg?.type, "guidance.cfg@1");
});
