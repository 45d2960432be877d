/** Rows 13 and 14: two runs side by side, and a grid of many. */
import { dot } from "../support/documents";
import { expect, test } from "../support/fixtures";
import { ran } from "../support/runs";

test("row 13: two runs are compared with a wipe, and their parameters in a table", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument();
  await ran(server, { ...dot(), name }, { "mask.right": 40 });
  await ran(server, { ...dot(), name }, { "mask.right": 60 });
  await page.locator(".react-flow__pane").click({ position: { x: 20, y: 20 } });
  await page.keyboard.press("Shift+C");
  const board = page.getByRole("region", { name: "comparison" });
  await expect(board).toBeVisible();
  const pictures = board.locator(".wipe img");
  await expect(pictures).toHaveCount(2);
  const sources = await pictures.evaluateAll((all) => all.map((one) => one.getAttribute("src")));
  expect(new Set(sources).size).toBe(2);

  const handle = page.getByRole("slider", { name: "wipe between A and B" });
  await expect(handle).toHaveAttribute("aria-valuenow", "50");
  const clip = (): Promise<string> =>
    board.locator(".wipe-a").evaluate((image) => getComputedStyle(image).clipPath);
  const before = await clip();
  await handle.press("ArrowRight");
  await expect(handle).toHaveAttribute("aria-valuenow", "52");
  expect(await clip()).not.toBe(before);
  const box = await board.locator(".wipe").boundingBox();
  if (box === null) throw new Error("there is no wipe");
  await page.mouse.move(box.x + box.width * 0.52, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.25, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(handle).toHaveAttribute("aria-valuenow", "25");

  const rows = board.locator("[data-diff]");
  await expect(rows).toHaveCount(1);
  await expect(rows.first()).toHaveAttribute("data-diff", "mask.right");
  await expect(rows.first().locator("td")).toHaveText(["40", "60"]);
  await page.keyboard.press("Escape");
  await expect(board).toHaveCount(0);
});

test("row 14: ranges dragged onto two widgets give a grid of labelled pictures", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(180_000);
  await openDocument();
  await page.getByRole("button", { name: "Explore" }).click();
  await page.getByRole("textbox", { name: "X range" }).fill("30..60 in 4");
  await page.getByRole("textbox", { name: "Y range" }).fill("20, 40, 60");
  const chip = (axis: string) => page.getByRole("button", { name: `Drag the ${axis} range onto a widget` });
  await chip("X").dragTo(page.locator("[data-node='mask'] [data-input='right']"));
  await expect(page.locator("[data-axis='x'] .axis-values")).toHaveText("Mask right: 30 · 40 · 50 · 60");
  await chip("Y").dragTo(page.locator("[data-node='mask'] [data-input='bottom']"));
  await expect(page.locator("[data-axis='y'] .axis-values")).toHaveText("Mask bottom: 20 · 40 · 60");
  await page.getByRole("button", { name: "Run the grid: 12 pictures" }).click();
  const grid = page.getByRole("region", { name: "grid" });
  await expect(grid.locator("[data-cell]")).toHaveCount(12);
  await expect(grid.locator("[data-cell] img")).toHaveCount(12, { timeout: 150_000 });
  await expect(grid.getByRole("columnheader")).toHaveText(["30", "40", "50", "60"]);
  await expect(grid.getByRole("rowheader")).toHaveText(["20", "40", "60"]);
  const one = grid.getByRole("img", { name: "right 50, bottom 40" });
  await expect(one).toBeVisible();

  // the picture of a cell is that of its values
  const address = new URL((await one.getAttribute("src")) ?? "", server.url);
  const [, run = ""] = /runs\/([^/]+)\//.exec(address.pathname) ?? [];
  const { set } = await server.ask<{ set: object }>("GET", `runs/${run}`);
  expect(set).toMatchObject({ "mask.right": 50, "mask.bottom": 40 });
  await one.click();
  await expect(page.locator(".lightbox-text")).toHaveText("right 50, bottom 40");
});

test("row 14: a range that does not fit says why", async ({ page, openDocument }) => {
  await openDocument();
  await page.getByRole("button", { name: "Explore" }).click();
  await page.getByRole("textbox", { name: "X range" }).fill("a, b");
  await page.getByLabel("X input").selectOption({ label: "Mask: right" });
  await expect(page.getByRole("alert").filter({ hasText: "a is no number" })).toBeVisible();
});
