/** Subgraphs: a part of a graph as one node. */
import { card, documentOf, dotRow, expectDocument, select } from "../support/canvas";
import { expect, test } from "../support/fixtures";

test("row 19: nodes become a subgraph, which opens, promotes a widget, runs, and unpacks to the same JSON", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(240_000);
  const name = await openDocument(dotRow());
  const before = await documentOf(server, name);
  await select(page, "mask", "picture");
  await page.keyboard.press("Control+Shift+G");
  await expectDocument(server, name, (one) => Object.keys(one.nodes).sort(), ["save", "subgraph"]);
  await expectDocument(server, name, (one) => one.nodes.save?.inputs?.image, { from: "subgraph.out" });
  await page.keyboard.press("Control+Shift+U");
  await expect.poll(() => documentOf(server, name)).toEqual(before);

  await page.keyboard.press("Escape");
  await select(page, "mask", "picture");
  await page.keyboard.press("Control+Shift+G");
  await expect(card(page, "subgraph")).toHaveAttribute("data-unknown", "false");
  await card(page, "subgraph")
    .locator(".card-head")
    .dblclick({ position: { x: 40, y: 14 } });
  const way = page.getByRole("navigation", { name: "open subgraphs" });
  await expect(way).toContainText("Subgraph");
  await expect(card(page, "mask")).toBeVisible();
  await expect(card(page, "save")).toHaveCount(0);
  await card(page, "mask").getByRole("spinbutton", { name: "left" }).focus();
  await page.keyboard.press("Alt+p");
  await expectDocument(
    server,
    name,
    (one) =>
      (one.subgraphs as Record<string, { interface: { inputs: unknown } }>)?.subgraph?.interface.inputs,
    { left: { to: "mask.left" } },
  );
  await page.keyboard.press("Escape");
  await way.getByRole("button").first().click();
  await expect(way).toHaveCount(0);
  const left = card(page, "subgraph").getByRole("spinbutton", { name: "left" });
  await expect(left).toHaveValue("8"); // what the node inside says
  await left.focus();
  await page.keyboard.press("ArrowUp");
  await expectDocument(server, name, (one) => one.nodes.subgraph?.inputs, { left: 9 });
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 500 } });
  await expect(card(page, "subgraph").locator(".badge")).toHaveText("will run");
  await page.keyboard.press("Control+Enter");
  await expect
    .poll(
      async () =>
        (await server.ask<{ runs: { status: string }[] }>("GET", `runs?name=${name}`)).runs[0]?.status,
      { timeout: 120_000 },
    )
    .toBe("done");
  await select(page, "subgraph");
  await page.keyboard.press("Control+Shift+U");
  await expectDocument(server, name, (one) => one.nodes.mask?.inputs?.left, 9);
  expect((await documentOf(server, name)).subgraphs).toBeUndefined();
});
