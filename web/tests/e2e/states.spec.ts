/** Row 37: the undo tree, with the pictures that runs made of its states. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { card, documentOf, dotRow, expectDocument } from "../support/canvas";
import { expect, signIn, test } from "../support/fixtures";
import { literal, ran } from "../support/runs";
import { type JsonObject, Server } from "../support/server";

const tree = (page: Page) => page.getByRole("tree", { name: "states" });
const rows = (page: Page) => tree(page).getByRole("treeitem");
const row = (page: Page, text: string) => rows(page).filter({ hasText: text });

async function setRight(page: Page, value: number): Promise<void> {
  const field = card(page, "mask").locator("[data-input='right'] input");
  await field.click();
  await field.fill(String(value));
  await field.press("Enter");
  await field.press("Escape");
}

/** Undo as a person does, with the keyboard on the canvas. */
async function undo(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^Undo \(|^Undo$/ }).click();
}

const right = (server: Server, name: string) => literal(server, name, "mask", "right");

test("row 37: two branches are there, with their pictures, and both can be gone to", async ({
  page,
  server,
  context,
  openDocument,
}) => {
  test.setTimeout(180_000);
  const name = await openDocument(dotRow());
  await setRight(page, 40);
  await expect.poll(() => right(server, name)).toBe(40);
  const first = JSON.stringify(await documentOf(server, name));
  await ran(server, await documentOf(server, name));
  await undo(page);
  await expect.poll(() => right(server, name)).toBe(56);
  await setRight(page, 60);
  await expect.poll(() => right(server, name)).toBe(60);
  const second = JSON.stringify(await documentOf(server, name));
  await ran(server, await documentOf(server, name));

  await page.keyboard.press("Shift+h");
  await expect(rows(page)).toHaveCount(3);
  const forty = row(page, "Set mask.right 56 → 40");
  const sixty = row(page, "Set mask.right 56 → 60");
  await expect(forty).toHaveAttribute("aria-level", "2");
  await expect(sixty).toHaveAttribute("aria-level", "1");
  await expect(sixty).toHaveAttribute("aria-current", "step");
  await expect(sixty).toContainText("you");
  const pictures = await Promise.all(
    [forty, sixty].map((one) => one.locator("img").getAttribute("src", { timeout: 30_000 })),
  );
  expect(new Set(pictures).size).toBe(2);
  await expect
    .poll(() => forty.locator("img").evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);

  // by hand to the one that was undone, by key back to the other; undo takes a way back
  await forty.click();
  await expect.poll(async () => JSON.stringify(await documentOf(server, name))).toBe(first);
  await expect(forty).toHaveAttribute("aria-current", "step");
  await expect(rows(page)).toHaveCount(3);
  await tree(page).focus();
  await page.keyboard.press("End");
  await expect(sixty).toHaveAttribute("aria-selected", "true");
  await page.keyboard.press("Enter");
  await expect.poll(async () => JSON.stringify(await documentOf(server, name))).toBe(second);
  await undo(page);
  await expect.poll(() => right(server, name)).toBe(40);
  await expect(forty).toHaveAttribute("aria-current", "step");

  // another tab sees the same tree, and goes somewhere; both are there then
  const other = await context.newPage();
  await other.goto(`${server.url}#/${name}`);
  await expect(card(other, "mask")).toBeVisible();
  await other.keyboard.press("Shift+h");
  await expect(row(other, "56 → 40")).toContainText("another tab");
  await row(other, "56 → 60").click();
  await expect(sixty).toHaveAttribute("aria-current", "step");
  await expect(card(page, "mask").locator("[data-input='right'] input")).toHaveValue("60");
  await other.close();

  // and after a reload
  await page.reload();
  await expect(rows(page)).toHaveCount(3);
  await forty.click();
  await expect.poll(async () => JSON.stringify(await documentOf(server, name))).toBe(first);
});

test.describe("a server that is killed", () => {
  test.use({ expectedErrors: [/WebSocket|ERR_|Failed to load/], expectedRequests: [/127\.0\.0\.1/] });

  test("row 37: after the server has started anew, every branch is there", async ({ page }) => {
    test.setTimeout(180_000);
    let server = await Server.start();
    try {
      const name = "branches";
      await server.ask("PUT", `workflows/${name}`, { ...dotRow(), name }, { "If-None-Match": "*" });
      await signIn(page.context(), server);
      await page.goto(`${server.url}#/${name}`);
      await setRight(page, 40);
      await expect.poll(() => right(server, name)).toBe(40);
      await undo(page);
      await expect.poll(() => right(server, name)).toBe(56);
      await setRight(page, 60);
      await expect.poll(() => right(server, name)).toBe(60);
      await ran(server, await documentOf(server, name));
      const port = Number(new URL(server.url).port);
      await server.kill();
      server = await Server.start(server.home, port);
      await signIn(page.context(), server);
      await page.goto("about:blank");
      await page.goto(`${server.url}#/${name}`);
      await expect(card(page, "mask")).toBeVisible();
      await page.keyboard.press("Shift+h");
      await expect(rows(page)).toHaveCount(3);
      await expect(row(page, "56 → 60").locator("img")).toBeVisible();
      await row(page, "56 → 40").click();
      await expect.poll(() => right(server, name)).toBe(40);
    } finally {
      await server.stop();
    }
  });
});

test("row 37: the tree by key; a branch is closed and opened, and compared with now", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  for (const value of [40, 30, 20]) {
    await setRight(page, value);
    await expect.poll(() => right(server, name)).toBe(value);
    if (value > 20) await undo(page);
    if (value > 20) await expect.poll(() => right(server, name)).toBe(56);
  }
  await page.keyboard.press("Shift+h");
  await expect(rows(page)).toHaveCount(4);
  await tree(page).focus();
  await page.keyboard.press("Home");
  await expect(rows(page).first()).toHaveAttribute("aria-expanded", "true");
  await page.keyboard.press("ArrowLeft");
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowDown");
  await expect(rows(page).nth(2)).toHaveAttribute("aria-selected", "true");
  const active = await tree(page).getAttribute("aria-activedescendant");
  await expect(rows(page).nth(2)).toHaveAttribute("id", active ?? "");
  expect(await right(server, name), "looking along the tree changes nothing").toBe(20);
  await page.getByRole("button", { name: "What differs" }).click();
  await expect(card(page, "mask").locator("[data-input='right'] ins")).toHaveText("20");
  await page.keyboard.press("Escape");
  await expect(card(page, "mask").locator("[data-input='right'] input")).toBeVisible();
});

test("row 37: two thousand states: few rows are drawn, long runs are folded", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(120_000);
  const document = dotRow();
  document.nodes.mask = { type: "mask.ellipse@1", inputs: { ...document.nodes.mask?.inputs, width: 32 } };
  const name = await openDocument(document); // of a width of which no run made pictures
  for (let from = 0; from < 2000; from += 500) {
    const edits = Array.from({ length: 500 }, (_, at): JsonObject => {
      const operation =
        at % 2 === 0
          ? { op: "set_input", node: "mask", input: "right", value: from + at }
          : { op: "move", positions: { mask: [from + at, 0] } };
      return { id: `e${from + at}`, operations: [operation] };
    });
    await server.ask("POST", `workflows/${name}/operations`, { client: "program", edits });
  }
  await expectDocument(server, name, (one) => one.nodes.mask?.inputs?.right, 1998);
  await page.keyboard.press("Shift+h");
  const fold = rows(page).filter({ hasText: "steps between" });
  await expect(fold).toHaveCount(1);
  expect(await rows(page).count()).toBeLessThan(20);
  await fold.click();
  await expect(tree(page).locator("[data-state='10']")).toHaveCount(1);
  expect(await rows(page).count()).toBeLessThan(60);
  await tree(page).focus();
  await page.keyboard.press("End");
  await expect(rows(page).last()).toContainText("now");
  expect(await rows(page).count()).toBeLessThan(60);
});

for (const shade of ["dark", "light"] as const)
  test(`row 37: the tree is readable, ${shade}`, async ({ page, server, openDocument }) => {
    await page.emulateMedia({ colorScheme: shade });
    const name = await openDocument(dotRow());
    await setRight(page, 40);
    await expect.poll(() => right(server, name)).toBe(40);
    await undo(page);
    await expect.poll(() => right(server, name)).toBe(56);
    await setRight(page, 60);
    await expect.poll(() => right(server, name)).toBe(60);
    await page.keyboard.press("Shift+h");
    await expect(rows(page)).toHaveCount(3);
    await expectAccessible(page);
  });
