/** Row 34: two versions of a workflow as one graph on the canvas. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { card, type Document, documentOf, dotRow, revisionOf } from "../support/canvas";
import { give } from "../support/files";
import { expect, test } from "../support/fixtures";
import { literal, ran } from "../support/runs";
import type { JsonObject, Server } from "../support/server";

/** Do operations as a program does. */
async function edit(server: Server, name: string, ...operations: JsonObject[]): Promise<void> {
  const edits = [{ id: crypto.randomUUID(), operations }];
  await server.ask("POST", `workflows/${name}/operations`, { client: "program", edits });
}

/** One node more, one less, one changed, a link that goes another way. */
async function rework(server: Server, name: string): Promise<void> {
  await edit(
    server,
    name,
    { op: "set_input", node: "mask", input: "right", value: 60 },
    { op: "add_node", node: "inverted", body: { type: "mask.invert@1", inputs: {} }, position: [320, 240] },
    { op: "link", node: "inverted", input: "mask", source: "mask" },
    { op: "link", node: "picture", input: "mask", source: "inverted" },
    { op: "remove_node", node: "save" },
    { op: "move", positions: { picture: [340, 0] } },
  );
}

const board = (page: Page) => page.getByRole("region", { name: "comparison of versions" });
const count = (page: Page, sign: string) => board(page).locator(`.versions-count[data-sign="${sign}"]`);

async function expectCounts(page: Page, added: number, removed: number, changed: number): Promise<void> {
  await expect(count(page, "added")).toHaveAttribute("data-count", String(added));
  await expect(count(page, "removed")).toHaveAttribute("data-count", String(removed));
  await expect(count(page, "changed")).toHaveAttribute("data-count", String(changed));
}

async function compareRevision(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "History" }).click();
  const list = page.getByRole("list", { name: "revisions" });
  await list.getByRole("button", { name: new RegExp(name) }).click();
  await page.getByRole("button", { name: "Show what differs from now" }).click();
}

test("row 34: what a revision and now differ in is drawn and counted", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const first = await documentOf(server, name);
  await rework(server, name);
  await compareRevision(page, "revision 1$");
  await expectCounts(page, 1, 1, 2);
  await expect(board(page).locator(".versions-links")).toHaveAttribute("data-links", "2 2");
  await expect(board(page)).toContainText("1 moved");

  await expect(card(page, "inverted")).toHaveAttribute("data-mark", "added");
  await expect(card(page, "save")).toHaveAttribute("data-mark", "removed");
  await expect(card(page, "mask")).toHaveAttribute("data-mark", "changed");
  await expect(card(page, "mask").locator("[data-input='right'] del")).toHaveText("56");
  await expect(card(page, "mask").locator("[data-input='right'] ins")).toHaveText("60");
  await expect(page.locator(".link[data-mark='added']")).toHaveCount(2);
  await expect(page.locator(".link[data-mark='removed']")).toHaveCount(2);
  await expect(page.getByTestId("announcer")).toContainText("1 added, 1 removed, 2 changed");

  // nothing here edits
  const revision = await revisionOf(server, name);
  await page.keyboard.press("Control+a");
  await page.keyboard.press("Delete");
  await card(page, "mask").locator("header").dblclick();
  expect(await revisionOf(server, name)).toBe(revision);

  // from one to the next by key, in the order in which they stand; the keyboard goes along
  await page.keyboard.press("n");
  await expect(card(page, "mask")).toHaveAttribute("data-selected", "true");
  await expect(page.getByTestId("announcer")).toContainText("1 of 4: Mask changed: right: 56 → 60");
  await page.keyboard.press("n");
  await expect(card(page, "inverted")).toHaveAttribute("data-selected", "true");
  await page.keyboard.press("Shift+n");
  await page.keyboard.press("Shift+n");
  await expect(card(page, "save")).toHaveAttribute("data-selected", "true");

  // back with all of it, one by one; each is an edit, and what is drawn follows
  await page.keyboard.press("t");
  await expectCounts(page, 1, 0, 2);
  const list = page.getByRole("complementary", { name: "differences" });
  await list.getByRole("button", { name: "Take back: Mask" }).click();
  await expectCounts(page, 1, 0, 1);
  await page.keyboard.press("Control+z");
  await expectCounts(page, 1, 0, 2);
  await list.getByRole("button", { name: "Take back: Mask" }).click();
  await list.getByRole("button", { name: "Take back: Inverted" }).click();
  await list.getByRole("button", { name: "Take back: Picture" }).click();
  await expectCounts(page, 0, 0, 0);
  const { ui: _, ...now } = await documentOf(server, name);
  const { ui: __, ...was } = first;
  expect(now).toEqual(was);

  await page.keyboard.press("Escape");
  await expect(board(page)).toHaveCount(0);
  await expect(card(page, "mask").locator("[data-input='right'] input")).toBeVisible();
});

test("row 34: swapped sides, two old revisions, another workflow, a file, the graph of a picture", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(120_000);
  const run = await ran(server, { ...dotRow(), name: "drawn" });
  const other = `other-${crypto.randomUUID().slice(0, 8)}`;
  await server.ask("PUT", `workflows/${other}`, { format: 1, nodes: {} }, { "If-None-Match": "*" });
  const name = await openDocument(dotRow());
  await rework(server, name);
  await edit(server, name, { op: "set_input", node: "mask", input: "left", value: 1 });
  await expect(card(page, "inverted")).toBeVisible();
  await page.keyboard.press("Shift+d");
  await expectCounts(page, 0, 0, 1);
  const before = page.getByRole("button", { name: /^Before:/ });
  const after = page.getByRole("button", { name: /^After:/ });
  await expect(before).toHaveAccessibleName("Before: Revision 2");

  await before.click();
  await page.getByRole("menuitem", { name: /revision 1$/ }).click();
  await expectCounts(page, 1, 1, 2);
  await after.click();
  await page.getByRole("menuitem", { name: /revision 2$/ }).click();
  await expect(after).toHaveAccessibleName("After: Revision 2");
  await expectCounts(page, 1, 1, 2);
  await page.keyboard.press("x");
  await expect(before).toHaveAccessibleName("Before: Revision 2");
  await expect(card(page, "save")).toHaveAttribute("data-mark", "added");
  await expect(card(page, "inverted")).toHaveAttribute("data-mark", "removed");

  // of two versions that both are old, one thing is taken over into what is there now
  await page.getByRole("button", { name: "Take over: Save" }).click();
  await expect.poll(async () => Object.keys((await documentOf(server, name)).nodes)).toContain("save");

  await before.click();
  await page.getByRole("menuitem", { name: other.replaceAll("_", " ") }).click();
  await expectCounts(page, 3, 0, 0);
  await before.click();
  await page.getByRole("menuitem", { name: "Now" }).click();
  await after.click();
  await page.locator(".versions-menu [role='menuitem']:has(img)").first().click();
  await expect(count(page, "removed")).toHaveAttribute("data-count", "1");
  expect(run).not.toBe("");

  const chosen = page.waitForEvent("filechooser");
  await before.click();
  await page.getByRole("menuitem", { name: "A file…" }).click();
  await (await chosen).setFiles({
    name: "kept.json",
    mimeType: "application/json",
    buffer: Buffer.from(JSON.stringify(dotRow())),
  });
  await expect(before).toHaveAccessibleName("Before: kept.json");
  await expect(board(page).locator(".versions-counts")).toHaveText("no difference");
});

test("row 34: a picture in large, the list of workflows, a file that is dropped or pasted lead there too", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(120_000);
  const made = dotRow();
  made.nodes.mask = { type: "mask.ellipse@1", inputs: { ...made.nodes.mask?.inputs, bottom: 44 } };
  const other = `other-${crypto.randomUUID().slice(0, 8)}`;
  await server.ask("PUT", `workflows/${other}`, { format: 1, nodes: {} }, { "If-None-Match": "*" });
  await ran(server, made);
  const name = await openDocument(dotRow());
  const revision = await revisionOf(server, name);
  const before = page.getByRole("button", { name: /^Before:/ });
  const bytes = new TextEncoder().encode(JSON.stringify(made));
  const file = { name: "kept.json", type: "application/json", bytes };

  await page.getByRole("button", { name: "Gallery" }).click();
  await page.locator(".gallery button").first().click();
  await page.getByRole("button", { name: "Compare its graph with this one" }).click();
  await expectCounts(page, 0, 0, 1);
  await expect(card(page, "mask").locator("[data-input='bottom'] del")).toHaveText("44");
  await page.keyboard.press("Escape");

  await page.getByRole("button", { name: "Workflows" }).click();
  await page.getByRole("button", { name: `Compare ${other} with ${name}` }).click();
  await expectCounts(page, 3, 0, 0);
  await give(page, "drop", [file], { x: 700, y: 400 });
  await expect(before).toHaveAccessibleName("Before: kept.json");
  await expectCounts(page, 0, 0, 1);
  await give(page, "paste", [{ ...file, name: "pasted.json" }], { x: 700, y: 400 });
  await expect(before).toHaveAccessibleName("Before: pasted.json");
  expect(await revisionOf(server, name), "looking changes nothing").toBe(revision);
});

test("row 34: a folded loop and a subgraph count what differs in them; far away the same is painted", async ({
  page,
  server,
  openDocument,
}) => {
  const box = { width: 64, height: 64, left: 8, top: 8, right: 56, bottom: 56 };
  const part: Document = { format: 1, nodes: { deep: { type: "mask.ellipse@1", inputs: box } } };
  part.interface = { outputs: { out: { from: "deep" } } };
  const name = await openDocument({
    format: 1,
    nodes: {
      numbers: { type: "flow.loop@1", inputs: {} },
      inner: { type: "mask.ellipse@1", in: "numbers", inputs: box },
      use: { type: "part", inputs: {} },
    },
    subgraphs: { part },
    ui: {
      positions: { numbers: [0, 0], inner: [40, 40], use: [500, 0] },
      nodes: { numbers: { collapsed: true } },
    },
  });
  const changed = { ...part, nodes: { deep: { type: "mask.ellipse@1", inputs: { ...box, left: 20 } } } };
  await edit(
    server,
    name,
    { op: "set_input", node: "inner", input: "top", value: 30 },
    { op: "set_subgraph", name: "part", document: changed },
  );
  await compareRevision(page, "revision 1$");
  await expectCounts(page, 0, 0, 2);
  await expect(card(page, "numbers").locator(".mark-sign")).toHaveText(/1 inside/);
  await expect(card(page, "use").locator(".mark-sign")).toHaveText(/1 inside/);

  await page.getByRole("button", { name: "Open Use" }).click();
  await expect(card(page, "deep").locator("[data-input='left'] ins")).toHaveText("20");
  await expect(page.getByRole("navigation", { name: "open subgraphs" })).toBeVisible();
  await page.getByRole("button", { name: "Take back: Deep" }).click();
  await expect(board(page).locator(".versions-counts")).toHaveText("no difference");
  const kept = await documentOf(server, name);
  expect((kept.subgraphs as Record<string, Document>).part).toEqual(part);
  await page.keyboard.press("Alt+ArrowUp");
  await expectCounts(page, 0, 0, 1);

  for (let n = 0; n < 12; n += 1) await page.keyboard.press("Control+-");
  await expect(page.getByTestId("canvas")).toHaveAttribute("data-far", "true");
  await expect
    .poll(() =>
      page.locator(".far-layer").evaluate((layer: HTMLCanvasElement) => {
        const probe = document.createElement("span");
        probe.style.color = "var(--diff-changed)";
        layer.parentElement?.append(probe);
        const one = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
        if (one === null) return 0;
        one.fillStyle = getComputedStyle(probe).color;
        probe.remove();
        one.fillRect(0, 0, 1, 1);
        const [r, g, b] = one.getImageData(0, 0, 1, 1).data;
        const { data } = layer.getContext("2d")?.getImageData(0, 0, layer.width, layer.height) ?? {
          data: [],
        };
        let found = 0;
        for (let at = 0; at < data.length; at += 4)
          if (data[at] === r && data[at + 1] === g && data[at + 2] === b && data[at + 3] === 255) found += 1;
        return found;
      }),
    )
    .toBeGreaterThan(20);
  expect(await literal(server, name, "inner", "top")).toBe(30);
});

for (const shade of ["dark", "light"] as const)
  test(`row 34: the comparison is readable, ${shade}`, async ({ page, server, openDocument }) => {
    await page.emulateMedia({ colorScheme: shade });
    const name = await openDocument(dotRow());
    await rework(server, name);
    await compareRevision(page, "revision 1$");
    await expectCounts(page, 1, 1, 2);
    await expectAccessible(page);
  });
