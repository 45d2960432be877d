/** A large graph is made small: folded nodes, and the whole from afar. */
import { card, dotRow, expectDocument, select, socket } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 41: a node folds to its head, and 2 000 nodes seen from afar need few elements", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  await select(page, "mask");
  const tall = (await card(page, "mask").boundingBox())?.height ?? 0;
  await page.keyboard.press("c");
  await expectDocument(server, name, (one) => one.ui?.nodes?.mask?.collapsed, true);
  expect((await card(page, "mask").boundingBox())?.height ?? tall).toBeLessThan(tall / 3);
  await expect(socket(page, "mask", "o:out")).toBeVisible();
  await page.keyboard.press("c");
  await expectDocument(server, name, (one) => one.ui?.nodes?.mask?.collapsed, undefined);

  const many = Array.from({ length: 2000 }, (_, at) => `n${at}`);
  await server.ask(
    "PUT",
    `workflows/${name}-many`,
    {
      format: 1,
      nodes: Object.fromEntries(many.map((id) => [id, { type: "mask.ellipse@1", inputs: {} }])),
      ui: {
        positions: Object.fromEntries(
          many.map((id, at) => [id, [(at % 50) * 300, Math.floor(at / 50) * 340]]),
        ),
      },
    },
    { "If-None-Match": "*" },
  );
  await page.goto("about:blank");
  await page.goto(`${server.url}#/${name}-many`);
  await expect(page.locator('.canvas[data-far="true"]')).toBeVisible();
  await expect
    .poll(() => page.locator(".react-flow").evaluate((element) => element.querySelectorAll("*").length))
    .toBeLessThan(100);
});
