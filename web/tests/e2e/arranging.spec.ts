/** Nodes are put in order: tidied, lined up, snapped to guides. */
import { card, documentOf, dotRow, expectDocument, select, zoomOf } from "../support/canvas";
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";

test("row 30: tidying up leaves no overlaps, and is undone as one", async ({
  page,
  server,
  openDocument,
}) => {
  const document = (await example("text_to_image")) as unknown as ReturnType<typeof dotRow>;
  const positions = Object.fromEntries(
    Object.keys(document.nodes).map((id, at) => [id, [(at * 37) % 200, (at * 53) % 160] as [number, number]]),
  );
  const name = await openDocument({ ...document, ui: { positions } });
  await page.keyboard.press("Shift+T");
  await expect.poll(async () => (await documentOf(server, name)).ui?.positions).not.toEqual(positions);
  const boxes = await page.locator(".react-flow__node-card").evaluateAll((all) =>
    all.map((one) => {
      const { left, top, right, bottom } = one.getBoundingClientRect();
      return { left, top, right, bottom };
    }),
  );
  for (const [at, a] of boxes.entries())
    for (const b of boxes.slice(at + 1))
      expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, (one) => one.ui?.positions, positions);
});

test("row 31: nodes line up and space out by command", async ({ page, server, openDocument }) => {
  const document = dotRow();
  const name = await openDocument({
    ...document,
    ui: { positions: { mask: [0, 0], picture: [330, 70], save: [700, 13] } },
  });
  await select(page, "mask", "picture", "save");
  await page.keyboard.press("Alt+w");
  const ys = (): Promise<unknown> =>
    documentOf(server, name).then((one) => Object.values(one.ui?.positions ?? {}).map(([, y]) => y));
  await expect.poll(ys).toEqual([0, 0, 0]);
  await page.keyboard.press("Alt+Shift+h");
  await expect
    .poll(async () => {
      const { mask, picture, save } = (await documentOf(server, name)).ui?.positions ?? {};
      const box = async (id: string): Promise<number> => (await card(page, id).boundingBox())?.width ?? 0;
      const zoom = await zoomOf(page);
      const [a, b] = [(await box("mask")) / zoom, (await box("picture")) / zoom];
      return Math.round(
        (picture?.[0] ?? 0) - (mask?.[0] ?? 0) - a - ((save?.[0] ?? 0) - (picture?.[0] ?? 0) - b),
      );
    })
    .toBeCloseTo(0, 0);
});

test("row 31: what is dragged snaps to guides", async ({ page, server, openDocument }) => {
  const name = await openDocument({
    ...dotRow(),
    ui: { positions: { mask: [0, 0], picture: [330, 0], save: [700, 203] } },
  });
  const zoom = await zoomOf(page);
  const head = await card(page, "save").locator(".card-head").boundingBox();
  if (!head) throw new Error("the card is not on the screen");
  await page.mouse.move(head.x + 60, head.y + 14);
  await page.mouse.down();
  await page.mouse.move(head.x + 60, head.y + 14 - 199 * zoom, { steps: 12 }); // nearly level with the others
  await expect(page.locator('[data-guide="y"]')).toHaveCount(1);
  await page.mouse.up();
  await expect(page.locator("[data-guide]")).toHaveCount(0);
  await expectDocument(server, name, (one) => one.ui?.positions?.save?.[1], 0);
});
