/** Row 26, by fingers alone: text to image is built on an empty canvas and run, on a phone and on a tablet. */
import { devices, type Page } from "@playwright/test";
import { documentOf, socket } from "../support/canvas";
import { lastRun, openEmpty } from "../support/empty";
import { expect, test } from "../support/fixtures";
import { longPress, middleOf, sweep } from "../support/touch";

/** Remember what a finger cannot do: a mouse, a key that is no text of a field. */
async function onlyFingers(page: Page): Promise<void> {
  await page.addInitScript(() => {
    addEventListener(
      "pointerdown",
      (event) => event.pointerType !== "touch" && Object.assign(window, { moused: true }),
      true,
    );
    addEventListener("keydown", () => Object.assign(window, { keyed: true }), true);
  });
}

function tapButton(page: Page, name: string): Promise<void> {
  return page.getByRole("button", { name, exact: true }).first().tap();
}

/** Choose a node of the search that is open. */
async function choose(page: Page, type: string, name: string): Promise<void> {
  const dialog = page.getByRole("dialog", { name: "Add a node" });
  await dialog.getByRole("combobox").fill(type);
  await dialog.getByRole("option").first().tap();
  await expect(dialog).toBeHidden();
  await expect(page.locator(`[data-node="${name}"]`)).toBeInViewport();
}

async function add(page: Page, type: string, name: string): Promise<void> {
  await page.getByRole("toolbar", { name: "canvas" }).getByRole("button", { name: "Add a node…" }).tap();
  await choose(page, type, name);
}

/** Link sockets of the node that is selected, from its list: tap the socket, then its partner. */
async function link(page: Page, links: [socket: RegExp, partner: RegExp][]): Promise<void> {
  await tapButton(page, "Links");
  const dialog = page.getByRole("dialog", { name: /^Links of/ });
  for (const [from, to] of links) {
    await dialog.getByRole("option", { name: from }).first().tap();
    await expect(dialog.getByPlaceholder(/^Link /)).toBeVisible();
    await dialog.getByRole("option", { name: to }).first().tap();
    await expect(dialog.getByPlaceholder("Which socket?")).toBeVisible();
  }
  await tapButton(page, "Done");
  await expect(dialog).toBeHidden();
}

/** Bring a socket to a place where a finger reaches it, by moving the canvas; what is out of sight lies to the left. */
async function bring(page: Page, node: string, handle: string): Promise<{ x: number; y: number }> {
  const canvas = await page.getByTestId("canvas").boundingBox();
  if (canvas === null) throw new Error("there is no canvas");
  const [middleX, y] = [canvas.x + canvas.width / 2, canvas.y + 30];
  for (let tries = 0; tries < 8; tries += 1) {
    // what leaves the view while it glides is taken out of the page, also between two questions
    const box = await socket(page, node, handle)
      .boundingBox({ timeout: 1000 })
      .catch(() => null);
    const at =
      box === null
        ? { x: canvas.x - canvas.width, y }
        : { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const away = middleX - at.x;
    if (Math.abs(away) < canvas.width / 2 - 30) return at;
    const by = Math.sign(away) * Math.min(Math.abs(away), canvas.width - 80);
    const from = by > 0 ? canvas.x + 30 : canvas.x + canvas.width - 30;
    await sweep(page, [{ x: from, y }], [{ x: from + by, y }]);
  }
  throw new Error(`${handle} of ${node} cannot be reached`);
}

async function type(page: Page, node: string, field: string, text: string): Promise<void> {
  const box = page.locator(`[data-node="${node}"]`).getByRole("textbox", { name: field, exact: true });
  await box.tap();
  await expect(box).toBeFocused();
  await box.fill(text);
}

for (const [name, viewport, userAgent] of [
  ["phone", { width: 390, height: 844 }, devices["Pixel 7"]?.userAgent],
  ["tablet", { width: 820, height: 1180 }, devices["Galaxy Tab S9"]?.userAgent],
] as const) {
  test.describe(`on a ${name}`, () => {
    test.use({ hasTouch: true, isMobile: true, viewport, userAgent: userAgent ?? "" });

    test(`row 26: text to image by fingers alone, on a ${name}`, async ({ page, server }) => {
      test.setTimeout(300_000);
      page.setDefaultTimeout(30_000);
      await onlyFingers(page);
      const document = await openEmpty(page, server);
      await tapButton(page, "Add a node");
      await choose(page, "model.load", "load");
      await add(page, "text.encode", "encode");

      // a tap on a socket, the canvas moved, a tap on one that fits
      let at = await bring(page, "load", "o:text_encoder");
      await page.touchscreen.tap(at.x + 5, at.y + 3);
      await expect(page.getByRole("toolbar", { name: "link" })).toContainText("text encoder");
      await expect(socket(page, "encode", "i:encoder")).toHaveAttribute("data-fit", "yes");
      await expect(socket(page, "encode", "i:text")).toHaveAttribute("data-fit", "no");
      at = await bring(page, "encode", "i:encoder");
      await page.touchscreen.tap(at.x - 12, at.y + 4);
      await expect
        .poll(async () => (await documentOf(server, document)).nodes.encode?.inputs?.encoder)
        .toEqual({
          from: "load.text_encoder",
        });
      await type(page, "encode", "text", "a red circle on a blue background");
      const ground = await middleOf(page.getByTestId("canvas"));
      await page.touchscreen.tap(ground.x, ground.y * (name === "phone" ? 1.4 : 0.3)); // leaves the field, selects nothing
      await expect(page.getByRole("toolbar", { name: "canvas" })).toBeVisible();
      await expect(page.getByRole("toolbar", { name: "selection" })).toBeHidden();

      // a second prompt, made from the link itself
      at = await bring(page, "load", "o:text_encoder");
      await page.touchscreen.tap(at.x, at.y);
      await tapButton(page, "New node");
      await choose(page, "text.encode", "encode_2");
      await tapButton(page, "Select nothing");

      // a long press on the canvas opens its menu
      const { x, y } = await middleOf(page.getByTestId("canvas"));
      await longPress(page, x, y * (name === "phone" ? 1.5 : 0.4));
      await page.getByRole("menuitem", { name: /^Add a node/ }).tap();
      await choose(page, "schedule.make", "make");
      await link(page, [[/^config/, /^Load · scheduler/]]);
      await add(page, "noise.gaussian", "gaussian");
      await link(page, [
        [/^like/, /^Load · vae/],
        [/^schedule/, /^Make/],
      ]);
      await page
        .locator('[data-node="gaussian"]')
        .getByRole("button", { name: "A new seed", exact: true })
        .tap();
      await tapButton(page, "Select nothing");
      await add(page, "flow.loop", "loop");
      await link(page, [
        [/goes over/, /^Make/],
        [/a new state/, /^Gaussian/],
      ]);
      for (const [node, prompt] of [
        ["denoise", /^Encode · out/],
        ["denoise_2", /^Encode 2 · out/],
      ] as const) {
        await add(page, "unet.denoise", node);
        await link(page, [
          [/^unet/, /^Load · unet/],
          [/^state/, /state of this step/],
          [/^step/, /item of this step/],
          [/^text/, prompt],
        ]);
      }
      await add(page, "guidance.cfg", "cfg");
      await link(page, [
        [/^cond/, /^Denoise · out/],
        [/^uncond/, /^Denoise 2/],
      ]);
      await add(page, "scheduler.step", "step");
      await link(page, [
        [/^state/, /state of this step/],
        [/^prediction/, /^Cfg/i],
        [/^step/, /item of this step/],
        [/^out/, /state for the next step/],
      ]);
      await tapButton(page, "Select nothing");
      await add(page, "vae.decode", "decode");
      await link(page, [
        [/^vae/, /^Load · vae/],
        [/^latent/, /state at the end/],
      ]);
      await add(page, "image.save", "save");

      // a drag from socket to socket, both of them in sight
      await bring(page, "save", "i:image");
      if (name === "phone") {
        const { width, height } = viewport;
        const pinch = (by: number) => [
          { x: width / 2 - by, y: height * 0.25, id: 0 },
          { x: width / 2 + by, y: height * 0.25, id: 1 },
        ];
        await sweep(page, pinch(120), pinch(70));
      }
      const from = await bring(page, "decode", "o:out");
      const to = await middleOf(socket(page, "save", "i:image"));
      await sweep(page, [from], [to]);
      await expect
        .poll(async () => (await documentOf(server, document)).nodes.save?.inputs?.image)
        .toEqual({
          from: "decode",
        });

      const { nodes } = await documentOf(server, document);
      await expect(page.getByRole("button", { name: /problem/ })).toHaveCount(0);
      for (const inside of ["cfg", "denoise", "denoise_2", "step"]) expect(nodes[inside]?.in).toBe("loop");
      await page.getByRole("button", { name: "Run", exact: true }).tap();
      await expect.poll(() => lastRun(server, document), { timeout: 150_000 }).toBe("done");
      await expect(page.getByRole("img", { name: "the result of save" })).toBeInViewport();
      expect(await page.evaluate(() => ["moused" in window, "keyed" in window])).toEqual([false, false]);
    });
  });
}
