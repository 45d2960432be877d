/** Workflows in tabs. */
import { card, documentOf, dotRow, expectDocument } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 42: each tab has its own undo", async ({ page, server, openDocument }) => {
  const first = await openDocument(dotRow());
  const second = await openDocument(dotRow());
  const left = card(page, "mask").getByRole("spinbutton", { name: "left" });
  const nudge = async (name: string): Promise<void> => {
    await left.focus();
    await page.keyboard.press("ArrowUp");
    await expectDocument(server, name, (one) => one.nodes.mask?.inputs?.left, 9);
  };
  await nudge(second);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+PageUp");
  await expect(page.locator('.tab[data-current="true"]')).toContainText(first.replaceAll("_", " "));
  await nudge(first);
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 500 } });
  await page.keyboard.press("Control+z");
  await expectDocument(server, first, (one) => one.nodes.mask?.inputs?.left, 8);
  expect((await documentOf(server, second)).nodes.mask?.inputs?.left).toBe(9);
  await page.keyboard.press("Alt+PageDown");
  await expect(page.locator('.tab[data-current="true"]')).toContainText(second.replaceAll("_", " "));
  await expect(left).toHaveValue("9");
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 500 } });
  await page.keyboard.press("Control+z");
  await expectDocument(server, second, (one) => one.nodes.mask?.inputs?.left, 8);
});
