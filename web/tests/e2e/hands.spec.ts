/** Rows 5, 10, 27, 28, 29, 35, 45, 48: problems, stopping, failures, finding one's way, links, keys, help. */
import type { Page } from "@playwright/test";
import { card, dotRow, zoomOf } from "../support/canvas";
import { example } from "../support/documents";
import { lastRun, openEmpty } from "../support/empty";
import { expect, test } from "../support/fixtures";

test("row 5: a missing input is told before Run; the list leads to it", async ({ page, openDocument }) => {
  const document = dotRow();
  document.nodes.picture = { type: "mask.to_image@1", inputs: {} };
  await openDocument(document);
  await page.getByRole("button", { name: /1 problem/ }).click();
  const list = page.getByRole("dialog", { name: "Problems" });
  await list.getByRole("button", { name: /Picture.*mask/ }).click();
  await expect(page.locator('.react-flow__node[data-id="picture"]')).toBeFocused();
  await expect(card(page, "picture")).toHaveAttribute("data-wrong", "true");
});

test("row 5: a value that does not fit is an alert at its field, and F8 goes there", async ({
  page,
  openDocument,
}) => {
  const document = dotRow();
  document.nodes.mask = { type: "mask.ellipse@1", inputs: { ...document.nodes.mask?.inputs, width: -4 } };
  await openDocument(document);
  await expect(card(page, "mask").locator('[data-input="width"]').getByRole("alert")).toHaveCount(1);
  await expect(page.getByRole("button", { name: /1 problem/ })).toBeVisible();
  await page.keyboard.press("F8");
  await expect(card(page, "mask").locator('[data-input="width"] input').first()).toBeFocused();
});

test("row 10: a run stops within a step, and the editor is idle again", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(120_000);
  const document = await example("text_to_image");
  const nodes = document.nodes as Record<string, { inputs: Record<string, unknown> }>;
  Object.assign(nodes.schedule?.inputs ?? {}, { steps: 400 });
  Object.assign(nodes.noise?.inputs ?? {}, { seed: 1000 + Math.floor(Math.random() * 1e6) });
  const name = await openDocument(document);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const steps = async (): Promise<number> => {
    const { runs } = await server.ask<{ runs: { steps_done: number }[] }>("GET", `runs?name=${name}&limit=1`);
    return runs[0]?.steps_done ?? 0;
  };
  await expect.poll(steps, { timeout: 60_000 }).toBeGreaterThan(2);
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
  const after = await steps();
  await expect.poll(() => lastRun(server, name)).toBe("cancelled");
  expect((await steps()) - after).toBeLessThanOrEqual(1);
});

test("row 27: a failed node says why; its traceback is one click away, after a reload too", async ({
  page,
  openDocument,
}) => {
  const document = dotRow();
  const small = { width: 32, height: 32, left: 8, top: 8, right: 24, bottom: 24 };
  document.nodes.other = { type: "mask.ellipse@1", inputs: small };
  document.nodes.join = { type: "mask.combine@1", inputs: { a: { from: "mask" }, b: { from: "other" } } };
  document.nodes.picture = { type: "mask.to_image@1", inputs: { mask: { from: "join" } } };
  await openDocument(document);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const failed = card(page, "join");
  await expect(failed).toHaveAttribute("data-phase", "failed", { timeout: 150_000 });
  await expect(failed.getByRole("alert").first()).toContainText(/64|32/);
  await failed.getByRole("button", { name: "Traceback of join" }).click();
  await expect(page.getByRole("region", { name: "traceback" })).toContainText("Traceback");
  await page.keyboard.press("Escape");
  await page.reload();
  await page.getByRole("button", { name: "Traceback of join" }).click();
  await expect(page.getByRole("region", { name: "traceback" })).toContainText("Traceback");
});

test("row 28: a click on the map moves the view", async ({ page, openDocument }) => {
  const document = dotRow();
  document.ui = { positions: { mask: [0, 0], picture: [6000, 0], save: [12_000, 3000] } };
  await openDocument(document);
  await page.keyboard.press("Control+0");
  await expect.poll(() => zoomOf(page)).toBeCloseTo(1, 2);
  const map = page.getByRole("img", { name: "map of the graph" });
  const box = await map.boundingBox();
  await map.click({ position: { x: (box?.width ?? 0) * 0.97, y: (box?.height ?? 0) * 0.68 } });
  await expect(card(page, "save")).toBeInViewport();
  await map.click({ position: { x: (box?.width ?? 0) * 0.03, y: (box?.height ?? 0) * 0.3 } });
  await expect(card(page, "mask")).toBeInViewport();
  await expect(card(page, "save")).not.toBeInViewport();
});

test("row 29: fit, zoom to the selection, and views to come back to", async ({ page, openDocument }) => {
  const document = dotRow();
  document.ui = { positions: { mask: [0, 0], picture: [900, 0], save: [1800, 900] } };
  await openDocument(document);
  const all = await zoomOf(page);
  await card(page, "save").locator(".card-head").click();
  await page.keyboard.press("z");
  await expect.poll(() => zoomOf(page)).toBeGreaterThan(all * 1.5);
  await expect(card(page, "save")).toBeInViewport();
  await page.waitForTimeout(400);
  const close = await zoomOf(page);
  await page.keyboard.press("Shift+Digit1");
  await page.keyboard.press("f");
  await expect.poll(() => zoomOf(page)).toBeLessThan(close * 0.8);
  for (const node of ["mask", "picture", "save"]) await expect(card(page, node)).toBeInViewport();
  await page.reload();
  await expect(card(page, "save")).toBeVisible();
  await page.keyboard.press("1");
  await expect.poll(() => zoomOf(page)).toBeCloseTo(close, 2);
});

/** Where on the screen the middle of a link's line is just now. */
function middleOfLink(page: Page, line: number): Promise<{ x: number; y: number }> {
  return page
    .locator("[data-link] path")
    .nth(line)
    .evaluate((path: SVGPathElement) => {
      const { x, y } = path.getPointAtLength(path.getTotalLength() / 2);
      const at = new DOMPoint(x, y).matrixTransform(path.getScreenCTM() ?? new DOMMatrix());
      return { x: at.x, y: at.y };
    });
}

/** A row that no other test has: what is in the cache already need not be loaded, and then nothing is known of it. */
function ownDot() {
  const document = dotRow();
  document.nodes.mask = { type: "mask.ellipse@1", inputs: { ...document.nodes.mask?.inputs, right: 41 } };
  return document;
}

test("row 35: a link tells what travelled along it, after a reload too", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(ownDot());
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => lastRun(server, name), { timeout: 60_000 }).toBe("done");
  for (let time = 0; time < 2; time += 1) {
    const facts = page.getByRole("tooltip");
    await expect(async () => {
      await page.mouse.move(4, 300);
      const { x, y } = await middleOfLink(page, 1); // the graph may still be moving into view
      await page.mouse.move(x, y, { steps: 3 });
      await expect(facts).toContainText(/\d+×\d+/, { timeout: 3_000 });
    }).toPass();
    await expect(facts).toContainText(/float|uint/);
    await expect(facts).toContainText(/KB|MB|bytes/);
    await page.reload();
    await expect(card(page, "save")).toBeVisible();
  }
});

test("row 45: the palette finds a command; keys are bound anew, a clash is shown, and they last", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  await page.keyboard.press("Control+k");
  await page.keyboard.type("show everything");
  await expect(page.getByRole("dialog").getByRole("option").first()).toContainText("Show everything");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+Slash");
  const sheet = page.getByRole("dialog", { name: "Keys" });
  const row = sheet.locator('[data-command="view.fit"]');
  await row.getByRole("button", { name: /^Keys for/ }).click();
  await page.keyboard.press("Control+k");
  await expect(row.getByRole("alert")).toContainText("Command palette");
  await row.getByRole("button", { name: /^Keys for/ }).click();
  await page.keyboard.press("j");
  await expect(row.getByRole("alert")).toHaveCount(0);
  await page.keyboard.press("Escape");
  await page.reload();
  await expect(card(page, "save")).toBeVisible();
  await page.keyboard.press("Control+0");
  await expect.poll(() => zoomOf(page)).toBeCloseTo(1, 2);
  await page.keyboard.press("f");
  await page.waitForTimeout(400);
  expect(await zoomOf(page)).toBeCloseTo(1, 2);
  await page.keyboard.press("j");
  await expect.poll(() => zoomOf(page)).not.toBeCloseTo(1, 2);
});

test("row 45: what an input method is given never is a shortcut", async ({ page, server, openDocument }) => {
  const name = await openDocument(await example("text_to_image"));
  const prompt = card(page, "positive").getByRole("textbox").first();
  await prompt.click();
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Input.imeSetComposition", { text: "か", selectionStart: 1, selectionEnd: 1 });
  for (const [key, code, modifiers] of [
    ["Enter", "Enter", 2],
    ["k", "KeyK", 2],
    ["Escape", "Escape", 0],
  ] as const) {
    await cdp.send("Input.dispatchKeyEvent", {
      type: "rawKeyDown",
      key,
      code,
      modifiers,
      windowsVirtualKeyCode: 229,
    });
    await cdp.send("Input.dispatchKeyEvent", { type: "keyUp", key, code, modifiers });
  }
  await expect(prompt).toBeFocused();
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await cdp.send("Input.insertText", { text: "赤い円" });
  await expect(prompt).toHaveValue(/赤い円/);
  expect(await lastRun(server, name)).toBeUndefined();
});

test("row 48: help shows the formula set, its paper, and opens an example by one click", async ({
  page,
  server,
}) => {
  await openEmpty(page, server);
  await page.keyboard.press("Shift+A");
  await page.keyboard.type("guidance.cfg");
  await page.keyboard.press("Enter");
  await page.keyboard.press("F1");
  const help = page.getByRole("dialog");
  await expect(help.locator(".katex-html").first()).toBeVisible();
  const face = await help
    .locator(".katex .mathnormal")
    .first()
    .evaluate((element) => getComputedStyle(element).fontFamily);
  expect(face).toContain("KaTeX");
  await expect
    .poll(() =>
      page.evaluate(() =>
        [...document.fonts].some((one) => one.family.includes("KaTeX") && one.status === "loaded"),
      ),
    )
    .toBe(true);
  await expect(help.getByRole("link")).toHaveAttribute("href", /^https:\/\//);
  await help.getByRole("button", { name: "text to image", exact: true }).click();
  await expect(help).toBeHidden();
  await expect(card(page, "cfg")).toBeVisible();
});
