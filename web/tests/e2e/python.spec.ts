/** Row 38: the workflow as a Python program; what is written there is done to the graph, and the other way round. */
import { readFile } from "node:fs/promises";
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { card, documentOf, dotRow, select } from "../support/canvas";
import { give } from "../support/files";
import { expect, signIn, test } from "../support/fixtures";
import { kept, literal } from "../support/runs";

const program = (page: Page): Locator => page.locator(".python-code .cm-content");
const line = (page: Page, text: string): Locator => page.locator(".python-code .cm-line", { hasText: text });
const status = (page: Page): Locator => page.locator(".python-status");
const same = (page: Page): Promise<void> => expect(status(page)).toHaveText("Same as the graph");

async function openPanel(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Python", exact: true }).click();
  await expect(program(page)).toContainText("from engine.builder import Builder");
  await same(page);
}

/** Put the caret behind what a line says, and write. */
async function writeBehind(page: Page, text: string, more: string): Promise<void> {
  await line(page, text).click();
  await page.keyboard.press("End");
  await page.keyboard.type(more);
}

/** Replace all of the text. */
async function rewrite(page: Page, change: (text: string) => string): Promise<void> {
  const lines = await page.locator(".python-code .cm-line").allTextContents();
  await program(page).focus();
  await page.keyboard.press("ControlOrMeta+a");
  await page.keyboard.insertText(change(lines.join("\n")));
}

test("row 38: text → widget, widget → text, one step of undo, and another tab", async ({
  page,
  server,
  context,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const before = await kept(server, name);
  await openPanel(page);
  await expect(program(page)).toContainText('save = w.add("image.save@1", image=picture)');

  const other = await context.newPage();
  await signIn(context, server);
  await other.goto(`${server.url}#/${name}`);
  await expect(card(other, "mask")).toBeVisible();

  await rewrite(page, (text) => text.replace("right=56, bottom=56)", "right=5 * 8, bottom=56)  # wider"));
  const right = (at: Page): Locator => card(at, "mask").locator("[data-input='right'] input");
  await expect(right(page)).toHaveValue("40");
  await expect(right(other)).toHaveValue("40");
  await expect.poll(() => literal(server, name, "mask", "right")).toBe(40);
  await same(page);
  await expect(program(page)).toContainText("right=5 * 8, bottom=56)  # wider"); // as it was written

  await right(page).fill("48");
  await right(page).press("Enter");
  await expect(program(page)).toContainText("right=48");
  const top = card(other, "mask").locator("[data-input='top'] input");
  await top.fill("3");
  await top.press("Enter");
  await expect(program(page)).toContainText("top=3");

  await rewrite(page, (text) => text.replaceAll("picture", "shape"));
  await expect(card(page, "shape")).toBeVisible();
  await expect(card(page, "picture")).toHaveCount(0);
  await same(page);
  const renamed = await documentOf(server, name);
  expect(renamed.ui?.positions?.shape).toEqual(dotRow().ui?.positions?.picture);
  expect(renamed.nodes.save?.inputs?.image).toEqual({ from: "shape" });

  await page.getByRole("button", { name: /^Undo/ }).click(); // the names
  await expect(card(page, "picture")).toBeVisible();
  await expect(program(page)).toContainText("picture = w.add(");
  await page.getByRole("button", { name: /^Undo/ }).click(); // 48
  await page.getByRole("button", { name: /^Undo/ }).click(); // 40
  await expect(right(page)).toHaveValue("56");
  await other.getByRole("button", { name: /^Undo/ }).click();
  await expect.poll(() => kept(server, name)).toEqual(before);
  await expect(program(page)).toContainText("right=56");
});

test("row 38: an error shows its line and column, and changes nothing", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const before = await kept(server, name);
  await openPanel(page);
  await rewrite(page, (text) => text.replace("right=56", 'right="wide"'));
  const problems = page.getByRole("list", { name: "problems of the program" });
  await expect(problems).toContainText(/Line \d+mask\.right: .*expected .*got "wide"/);
  await expect(status(page)).toHaveText("Not taken: 1 error");
  await expect(page.locator(".python-code .cm-lintRange-error")).toHaveText('"wide"');
  await expectAccessible(page, ".dock");
  await rewrite(page, (text) => text.replace('right="wide"', "right=wide").replace("mask=mask", "mask=)"));
  await expect(problems).toContainText("not Python");
  await rewrite(page, (text) => text.replace("mask=)", "mask=mask"));
  await expect(problems).toContainText("there is no variable 'wide' above this line");
  await problems.getByRole("button").click();
  await expect(program(page)).toBeFocused();
  expect(await kept(server, name)).toEqual(before);

  // what is under way stays when the panel is closed, and others' changes come in beside it
  await page.getByRole("button", { name: "Close Python" }).click();
  await server.ask("POST", `workflows/${name}/operations`, {
    client: "other",
    edits: [
      { id: "1", operations: [{ op: "set_input", node: "save", input: "name", value: "other" }] },
      { id: "2", operations: [{ op: "set_input", node: "mask", input: "width", value: 70 }] },
    ],
  });
  await page.getByRole("button", { name: "Python", exact: true }).click();
  await expect(program(page)).toContainText("right=wide");
  await expect(page.getByText("The workflow was changed meanwhile in lines")).toBeVisible();
  await rewrite(page, (text) => text.replace("right=wide", "right=60"));
  await same(page);
  await expect(program(page)).toContainText('name="other"');
  await expect(program(page)).toContainText("width=70");
  await expect
    .poll(async () => (await documentOf(server, name)).nodes.mask?.inputs)
    .toMatchObject({ right: 60, width: 70 });

  await rewrite(page, () => "nothing");
  await expect(status(page)).toHaveText(/Not taken/);
  await page.getByRole("button", { name: "Give up my text" }).click();
  await expect(program(page)).toContainText("right=60");
  await same(page);
});

test("row 38: caret and selection go together, and names are completed", async ({ page, openDocument }) => {
  await openDocument(dotRow());
  await openPanel(page);
  await line(page, "picture = w.add(").click();
  await expect(card(page, "picture")).toHaveAttribute("data-selected", "true");
  await expect(page.locator(".python-code .cm-chosen")).toHaveText(/picture = /);
  await select(page, "save");
  await expect(page.locator(".python-code .cm-chosen")).toHaveText(/save = /);

  await writeBehind(page, "save = w.add(", '\nw.add("mask.invert');
  const choices = page.locator(".python-code .cm-tooltip-autocomplete");
  await choices.getByRole("option", { name: "mask.invert@1" }).click();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.type(", ma");
  await choices.getByRole("option").first().click();
  await page.keyboard.type("mas");
  await choices.getByRole("option").first().click();
  await expect(card(page, "invert")).toBeVisible();

  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Tab");
  await expect(program(page)).not.toBeFocused();
});

test("row 38: the program is a file, and on the clipboard", async ({
  page,
  context,
  openDocument,
  server,
}) => {
  const name = await openDocument(dotRow());
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openPanel(page);
  await page.getByRole("button", { name: "Copy", exact: true }).click();
  await expect(page.getByText("The program is on the clipboard")).toBeVisible();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('save = w.add("image.save@1", image=picture)');
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save .py" }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${name}.py`);
  const { text } = await server.ask<{ text: string }>("POST", "python", {
    workflow: await documentOf(server, name),
  });
  expect(copied).toBe(text);

  const bytes = new Uint8Array(await readFile(await file.path()));
  await give(page, "drop", [{ name: "a program.py", type: "text/x-python", bytes }]);
  await expect(page).toHaveURL(/#\/a_program/);
  await expect(card(page, "save")).toBeVisible();
  expect((await documentOf(server, "a_program")).nodes).toEqual(dotRow().nodes);
  const wrong = new TextEncoder().encode("import os");
  await give(page, "drop", [{ name: "wrong.py", type: "text/x-python", bytes: wrong }]);
  await expect(page.getByText(/wrong\.py, line 1: import cannot stand/)).toBeVisible();
});

test("row 38: a phone shows the program", async ({ page, openDocument }) => {
  await page.setViewportSize({ width: 390, height: 780 });
  await openDocument(dotRow());
  await openPanel(page);
  const box = await program(page).boundingBox();
  expect(box?.width).toBeLessThanOrEqual(390);
  await expectAccessible(page, ".dock");
});

test("row 38: a subgraph is a function, and has a program of its own where it is open", async ({
  page,
  server,
  openDocument,
}) => {
  const { mask, picture, save } = dotRow().nodes;
  const name = await openDocument({
    format: 1,
    nodes: {
      shape: { type: "part", inputs: { size: 48 } },
      save: { ...save, inputs: { image: { from: "shape" } } },
    },
    subgraphs: {
      part: {
        format: 1,
        nodes: { mask, picture },
        interface: { inputs: { size: { to: "mask.right" } }, outputs: { image: { from: "picture" } } },
        ui: { positions: { mask: [0, 0], picture: [300, 0] } },
      },
    },
    ui: { positions: { shape: [0, 0], save: [400, 0] } },
  });
  await openPanel(page);
  await expect(program(page)).toContainText("def subgraph_part():");
  await rewrite(page, (text) => text.replace("bottom=56", "bottom=33"));
  const inner = async () =>
    (await documentOf(server, name)).subgraphs as { part: typeof mask & Record<string, unknown> };
  await expect
    .poll(async () => (await inner()).part.nodes)
    .toMatchObject({ mask: { inputs: { bottom: 33 } } });
  expect((await inner()).part.ui).toEqual({ positions: { mask: [0, 0], picture: [300, 0] } });

  await same(page);
  await select(page, "shape");
  await page.keyboard.press("Shift+Enter");
  await expect(card(page, "mask")).toBeVisible();
  await expect(program(page)).toContainText("mask = w.add(");
  await expect(program(page)).not.toContainText("def subgraph_part():");
  await same(page);
  await rewrite(page, (text) => text.replace("bottom=33", "bottom=34"));
  await expect
    .poll(async () => (await inner()).part.nodes)
    .toMatchObject({ mask: { inputs: { bottom: 34 } } });
  await expect(card(page, "mask").locator("[data-input='bottom'] input")).toHaveValue("34");
});
