/** Row 26: the graph is made and run without a pointer; and what is said of it. */
import type { Page } from "@playwright/test";
import { dotRow } from "../support/canvas";
import { lastRun, openEmpty } from "../support/empty";
import { expect, test } from "../support/fixtures";

/** Add a node by its search; it is selected, and has the keyboard. */
async function add(page: Page, type: string, name: string): Promise<void> {
  await page.keyboard.press("Shift+A");
  await expect(page.getByRole("dialog", { name: "Add a node" })).toBeVisible();
  await page.keyboard.type(type);
  await page.keyboard.press("Enter");
  await expect(page.locator(`.react-flow__node[data-id="${name}"]`)).toBeFocused();
}

/** Link sockets of the node that has the keyboard: what is typed finds the socket, then its partner. */
async function link(page: Page, links: [socket: string, partner: string][]): Promise<void> {
  await page.keyboard.press("l");
  const dialog = page.getByRole("dialog", { name: /^Links of/ });
  await expect(dialog).toBeVisible();
  for (const [socket, partner] of links) {
    await page.keyboard.type(socket);
    await page.keyboard.press("Enter");
    await expect(dialog.getByPlaceholder(/^Link /)).toBeFocused();
    await page.keyboard.type(partner);
    await page.keyboard.press("Enter");
    await expect(dialog.getByPlaceholder("Which socket?")).toBeFocused();
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
}

/** Select nothing, so that the next node stands outside of loops. */
async function nowhere(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
}

async function noPointer(page: Page): Promise<void> {
  await page.addInitScript(() => {
    for (const kind of ["pointerdown", "mousedown", "touchstart"])
      addEventListener(kind, () => Object.assign(window, { pointed: true }), true);
  });
}

test("row 26: text to image is built and run from an empty canvas by keyboard alone", async ({
  page,
  server,
}) => {
  test.setTimeout(240_000);
  await noPointer(page);
  const name = await openEmpty(page, server);
  await add(page, "model.load", "load");
  await add(page, "schedule.make", "make");
  await link(page, [["config", "load scheduler"]]);
  await add(page, "noise.gaussian", "gaussian");
  await link(page, [
    ["like", "load vae"],
    ["schedule", "make"],
  ]);
  await page.keyboard.press("Enter"); // into the node, to its seed
  await page.keyboard.type("7");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await nowhere(page);
  await add(page, "text.encode", "encode");
  await link(page, [["encoder", "load text encoder"]]);
  await page.keyboard.press("Enter"); // into the node, to its first field
  await page.keyboard.type("a red circle on a blue background");
  await page.keyboard.press("Escape");
  await nowhere(page);
  await add(page, "text.encode", "encode_2");
  await link(page, [["encoder", "load text encoder"]]);
  await page.keyboard.press("Enter");
  await page.keyboard.type("blurred");
  await page.keyboard.press("Escape");
  await nowhere(page);
  await add(page, "flow.loop", "loop");
  await link(page, [
    ["goes over", "make"],
    ["a new state", "gaussian"],
  ]);
  for (const [node, text] of [
    ["denoise", "encode o:"],
    ["denoise_2", "encode 2"],
  ] as const) {
    await add(page, "unet.denoise", node);
    await link(page, [
      ["unet", "load unet"],
      ["i:state", "state of this step"],
      ["i:step", "item of this step"],
      ["i:text", text],
    ]);
  }
  await add(page, "guidance.cfg", "cfg");
  await link(page, [
    ["i:cond", "denoise denoise o:"],
    ["uncond", "denoise 2"],
  ]);
  await add(page, "scheduler.step", "step");
  await link(page, [
    ["i:state", "state of this step"],
    ["prediction", "cfg"],
    ["i:step", "item of this step"],
    ["out o:out", "state for the next step"],
  ]);
  await nowhere(page);
  await add(page, "vae.decode", "decode");
  await link(page, [
    ["vae", "load vae"],
    ["latent", "state at the end"],
  ]);
  await add(page, "image.save", "save");
  await link(page, [["image", "decode"]]);

  const { nodes } = await server.ask<{ nodes: Record<string, { in?: string }> }>("GET", `workflows/${name}`);
  expect(Object.keys(nodes).sort()).toEqual([
    "cfg",
    "decode",
    "denoise",
    "denoise_2",
    "encode",
    "encode_2",
    "gaussian",
    "load",
    "loop",
    "make",
    "save",
    "step",
  ]);
  for (const inside of ["cfg", "denoise", "denoise_2", "step"]) expect(nodes[inside]?.in).toBe("loop");
  await expect(page.getByTestId("announcer")).not.toBeEmpty();
  await expect
    .poll(async () => {
      const workflow = await server.ask("GET", `workflows/${name}`);
      return server.ask("POST", "validate", { workflow }).catch(String);
    })
    .toMatchObject({ valid: true });
  await page.keyboard.press("Control+Enter");
  await expect.poll(() => lastRun(server, name), { timeout: 120_000 }).toBe("done");
  await expect(page.getByTestId("announcer")).toContainText("The run is done");
  expect(await page.evaluate(() => "pointed" in window)).toBe(false);
});

test("row 26: the canvas is one stop of Tab; arrows walk, Enter goes in, Escape comes out", async ({
  page,
  openDocument,
}) => {
  await openDocument(dotRow());
  const node = (id: string) => page.locator(`.react-flow__node[data-id="${id}"]`);
  for (let tries = 0; tries < 60; tries += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(() => document.activeElement?.closest(".canvas") !== null)) break;
  }
  await expect(page.locator(".react-flow__node:focus")).toHaveCount(1);
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(node("mask")).toBeFocused();
  await page.keyboard.press("ArrowRight");
  await expect(node("picture")).toBeFocused();
  await expect(page.locator('.react-flow__node[tabindex="0"]')).toHaveCount(1);
  await page.keyboard.press("ArrowRight");
  await expect(node("save")).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await expect(node("mask")).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(node("mask").locator("input, select, textarea, button").first()).toBeFocused();
  await page.keyboard.press("Escape");
  await expect(node("mask")).toBeFocused();
  await page.keyboard.press("Tab");
  expect(await page.evaluate(() => document.activeElement?.closest(".react-flow__node") ?? null)).toBeNull();
});

test("row 26: a node is moved by keys, and it is one step of undo", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const at = async () =>
    (await server.ask<{ ui?: { positions?: Record<string, number[]> } }>("GET", `workflows/${name}`)).ui
      ?.positions?.mask ?? [0, 0];
  const [x = 0, y = 0] = await at();
  await page.locator('.react-flow__node[data-id="mask"]').focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("Shift+ArrowDown");
  await expect.poll(at).toEqual([x, y + 20]);
  await page.keyboard.press("Control+z");
  await expect.poll(at).toEqual([x, y]);
});

test("row 26: the outline is a tree; Enter goes from it to the node", async ({ page, openDocument }) => {
  await openDocument(dotRow());
  await page.getByRole("button", { name: "Outline" }).press("Enter");
  const tree = page.getByRole("tree", { name: "nodes" });
  await expect(tree.getByRole("treeitem")).toHaveCount(3);
  await tree.getByRole("treeitem").first().focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("End");
  const last = tree.getByRole("treeitem").last();
  await expect(last).toBeFocused();
  await expect(last).toHaveAttribute("aria-selected", "true");
  const id = await last.getAttribute("data-row");
  await page.keyboard.press("Enter");
  await expect(page.locator(`.react-flow__node[data-id="${id}"]`)).toBeFocused();
});
