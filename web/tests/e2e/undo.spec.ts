/** Undo and redo of everything a person does. */
import type { Page } from "@playwright/test";
import { card, documentOf, dotRow, dragBy, expectDocument, revisionOf, zoomOf } from "../support/canvas";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";

/** A tenth, but for a soak. */
const EDITS = Number(process.env.LOOM_UNDO_EDITS ?? (process.env.LOOM_SOAK ? 500 : 50));

test("row 4: a drag is one step of undo", async ({ page, server, openDocument }) => {
  const name = await openDocument(dotRow());
  const before = JSON.stringify(await documentOf(server, name));
  const revision = await revisionOf(server, name);
  await dragBy(page, card(page, "save").locator(".card-head"), 0, 200 * (await zoomOf(page)), 20);
  await expectDocument(server, name, (one) => (one.ui?.positions?.save?.[1] ?? 0) > 150, true);
  expect(await revisionOf(server, name)).toBe(revision + 1);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => JSON.stringify(await documentOf(server, name))).toBe(before);
});

test(`row 4: ${EDITS} random edits, all undone, all done again: the same JSON at both ends`, async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(900_000);
  const box = { width: 64, height: 64, left: 8, top: 8, right: 56, bottom: 56 };
  const name = await openDocument({
    format: 1,
    nodes: {
      mask: { type: "mask.ellipse@1", inputs: box },
      picture: { type: "mask.to_image@1", inputs: { mask: { from: "mask" } } },
      save: { type: "image.save@1", inputs: { image: { from: "picture" } } },
      one: { type: "mask.ellipse@1", inputs: box },
      two: { type: "mask.invert@1", inputs: { mask: { from: "one" } } },
      numbers: { type: "flow.loop@1", inputs: {} },
      inner: { type: "mask.ellipse@1", in: "numbers", inputs: box },
    },
    ui: {
      positions: {
        mask: [0, 0],
        picture: [300, 0],
        save: [600, 0],
        one: [0, 420],
        two: [300, 420],
        numbers: [900, 0],
        inner: [1050, 80],
      },
    },
  });
  const first = await revisionOf(server, name);
  const start = JSON.stringify(await documentOf(server, name));
  const hand = new Hand(page, 20261121);
  while ((await revisionOf(server, name)) < first + EDITS) for (let n = 0; n < 20; n += 1) await hand.edit();
  const last = await quiet(page, server, name);
  const end = JSON.stringify(await documentOf(server, name));
  expect(end).not.toBe(start);

  await page.keyboard.press("Escape");
  await all(page, server, name, "Control+z", last - first);
  expect(JSON.stringify(await documentOf(server, name)), "after undoing all").toBe(start);
  await all(page, server, name, "Control+Shift+z", last - first);
  expect(JSON.stringify(await documentOf(server, name)), "after doing all again").toBe(end);
});

/** Press a key so often, and wait until the server has done all of it. */
async function all(page: Page, server: Server, name: string, key: string, times: number): Promise<void> {
  const before = await revisionOf(server, name);
  for (let n = 0; n < times; n += 1) {
    await page.keyboard.press(key);
    if (n % 50 === 49)
      await expect.poll(() => revisionOf(server, name), { timeout: 60_000 }).toBe(before + n + 1);
  }
  await expect.poll(() => revisionOf(server, name), { timeout: 60_000 }).toBe(before + times);
}

/** The revision once everything under way is saved. */
async function quiet(page: Page, server: Server, name: string): Promise<number> {
  await expect(page.locator(".tab-dot")).toHaveCount(0);
  let seen = -1;
  await expect
    .poll(async () => {
      const was = seen;
      seen = await revisionOf(server, name);
      return seen === was;
    })
    .toBe(true);
  return seen;
}

/** A person of whims: picks something and does something to it. The same ones for the same seed. */
class Hand {
  constructor(
    private readonly page: Page,
    private state: number,
  ) {}

  async edit(): Promise<void> {
    const picked = await this.pick();
    const { keyboard } = this.page;
    if (picked === null) return this.add();
    const whim = this.below(12);
    if (picked.count > 24) return keyboard.press("Delete");
    switch (whim) {
      case 0:
      case 1:
        return this.drag(picked);
      case 2:
      case 3:
        return this.nudge(picked.id);
      case 4:
        return keyboard.press("Control+d");
      case 5:
        return keyboard.press("Delete");
      case 6:
        return keyboard.press("Control+b");
      case 7:
        return keyboard.press("m");
      case 8:
        return keyboard.press("c");
      case 9:
        return keyboard.press("Control+g");
      case 10:
        await keyboard.press("Control+c");
        return keyboard.press("Control+v");
      default:
        return this.below(3) === 0 ? keyboard.press("Shift+T") : this.add();
    }
  }

  /** Click on the head of some node that is on the screen. */
  private async pick(): Promise<{ id: string; x: number; y: number; count: number } | null> {
    await this.page.keyboard.press("Escape");
    const heads = await this.page.locator(".canvas [data-node]").evaluateAll((all) =>
      all.flatMap((one) => {
        const head = one.querySelector(".card-head, .frame-head")?.getBoundingClientRect();
        if (!head) return [];
        const [x, y] = [head.left + 30, head.top + head.height / 2];
        const hit = document.elementFromPoint(x, y)?.closest("[data-node]");
        return hit === one ? [{ id: one.getAttribute("data-node") ?? "", x, y }] : [];
      }),
    );
    const found = heads[this.below(heads.length)];
    if (found === undefined) return null;
    await this.page.mouse.click(found.x, found.y);
    return { ...found, count: heads.length };
  }

  private async drag({ x, y }: { x: number; y: number }): Promise<void> {
    const { mouse } = this.page;
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + this.below(200) - 100, y + this.below(160) - 80, { steps: 3 });
    await mouse.up();
  }

  private async nudge(id: string): Promise<void> {
    const fields = this.page.locator(`[data-node="${id}"] [role="spinbutton"]`);
    const count = await fields.count();
    if (count === 0) return;
    await fields.nth(this.below(count)).focus();
    await this.page.keyboard.press(this.below(2) === 0 ? "ArrowUp" : "ArrowDown");
    await this.page.keyboard.press("Escape");
  }

  private async add(): Promise<void> {
    await this.page.keyboard.press("Space");
    await this.page.keyboard.type(["ellipse", "invert", "to_image"][this.below(3)] ?? "ellipse");
    await this.page.keyboard.press("Enter");
  }

  private below(limit: number): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.state / 2 ** 32) * limit);
  }
}
