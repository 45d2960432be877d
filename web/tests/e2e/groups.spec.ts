/** What is in a group or a loop goes with it, in and out. */
import { card, documentOf, dotRow, dragBy, expectDocument, select, zoomOf } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 18: a group moves what is in it, equally; so does a loop", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  await select(page, "mask", "picture");
  await page.keyboard.press("Control+g");
  const head = page.locator(".group-head").first();
  await expect(head).toBeVisible();
  const before = await documentOf(server, name);
  await page.keyboard.press("Escape");
  const box = await head.boundingBox();
  if (!box) throw new Error("the group has no head");
  await page.mouse.move(box.x + box.width - 20, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 40, box.y + 88, { steps: 6 });
  await page.mouse.up();
  const shift = async (node: string): Promise<number[]> => {
    const now = (await documentOf(server, name)).ui?.positions?.[node] ?? [0, 0];
    const was = before.ui?.positions?.[node] ?? [0, 0];
    return [now[0] - was[0], now[1] - was[1]];
  };
  await expect.poll(async () => (await shift("mask"))[1]).toBeGreaterThan(20);
  expect(await shift("picture")).toEqual(await shift("mask"));
  expect(await shift("save")).toEqual([0, 0]);
});

test("row 18: a node dragged into a loop is part of it, dragged out it is not", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument({
    format: 1,
    nodes: {
      steps: { type: "flow.loop@1", inputs: {} },
      inner: { type: "mask.ellipse@1", in: "steps" },
      anchor: { type: "mask.ellipse@1", in: "steps" },
      free: { type: "mask.to_image@1" },
    },
    ui: { positions: { steps: [0, 0], inner: [0, 0], anchor: [300, 0], free: [900, 40] } },
  });
  const zoom = await zoomOf(page);
  await dragBy(page, card(page, "free").locator(".card-head"), -700 * zoom, 0);
  await expectDocument(server, name, (one) => one.nodes.free?.in, "steps");
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, (one) => one.nodes.free?.in, undefined);
  await dragBy(page, card(page, "inner").locator(".card-head"), 0, 620 * zoom);
  await expectDocument(server, name, (one) => one.nodes.inner?.in, undefined);
  expect((await documentOf(server, name)).nodes.anchor?.in).toBe("steps");
});
