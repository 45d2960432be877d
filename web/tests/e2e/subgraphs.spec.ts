/** Subgraphs: a part of a graph as one node. */

import { expectAccessible } from "../support/axe";
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

test("row 5: what is wrong in a subgraph is told at its use and inside, and the list and F8 lead there", async ({
  page,
  openDocument,
}) => {
  const detail = {
    format: 1,
    nodes: {
      mask: { type: "mask.ellipse@1", inputs: { width: -4, height: 64 } },
      picture: { type: "mask.to_image@1", inputs: { mask: { from: "mask" } } },
    },
    interface: { inputs: { left: { to: "mask.left" } }, outputs: { out: { from: "picture" } } },
    ui: { positions: { mask: [0, 0], picture: [320, 0] } },
  };
  await openDocument({
    format: 1,
    nodes: {
      detail: { type: "detail", inputs: { left: 1.5 } },
      save: { type: "image.save@1", inputs: { image: { from: "detail.out" } } },
    },
    subgraphs: { detail },
    ui: { positions: { detail: [0, 0], save: [640, 0] } },
  });
  // what the use gives is its own problem, at the field; what is wrong inside is told in the list
  await expect(card(page, "detail").locator('[data-input="left"]').getByRole("alert")).toHaveCount(1);
  await page.getByRole("button", { name: /2 problems/ }).click();
  const list = page.getByRole("dialog", { name: "Problems" });
  await expect(list.getByRole("button", { name: /^Detail · left/ })).toBeVisible();
  await list.getByRole("button", { name: /^Detail › Mask · width/ }).click();

  const way = page.getByRole("navigation", { name: "open subgraphs" });
  await expect(way).toContainText("Detail");
  const width = card(page, "mask").locator('[data-input="width"]');
  await expect(width.getByRole("alert")).toContainText("greater than or equal to 1");
  await expect(card(page, "mask")).toHaveAttribute("data-wrong", "true");
  await expect(card(page, "picture")).toHaveAttribute("data-wrong", "false");
  const field = width.locator("input").first();
  await expect(field).toBeFocused();
  await expectAccessible(page);

  await page.keyboard.press("F8"); // out again, to the other one
  await expect(way).toHaveCount(0);
  await expect(card(page, "detail").locator('[data-input="left"] input').first()).toBeFocused();
  await page.keyboard.press("F8");
  await expect(way).toContainText("Detail");
  await expect(field).toBeFocused();
  await field.fill("60");
  await page.keyboard.press("Enter");
  await expect(card(page, "mask")).toHaveAttribute("data-wrong", "false");
  await expect(page.getByRole("button", { name: /1 problem/ })).toBeVisible();
});

test("row 5: the card of a closed subgraph says what is wrong in it, and a plan's findings are at their nodes", async ({
  page,
  openDocument,
}) => {
  const inner = {
    format: 1,
    nodes: { load: { type: "model.load@1", inputs: { model: "a-model-that-is-not-here" } } },
    interface: { outputs: { vae: { from: "load.vae" }, scheduler: { from: "load.scheduler" } } },
    ui: { positions: { load: [0, 0] } },
  };
  await openDocument({
    format: 1,
    nodes: {
      models: { type: "models" },
      noise: {
        type: "noise.gaussian@1",
        inputs: { like: { from: "models.vae" }, schedule: { from: "times" }, seed: 1 },
      },
      times: { type: "schedule.make@1", inputs: { config: { from: "models.scheduler" } } },
      decode: { type: "vae.decode@1", inputs: { vae: { from: "models.vae" }, latent: { from: "noise" } } },
      save: { type: "image.save@1", inputs: { image: { from: "decode" } } },
    },
    subgraphs: { models: inner },
    ui: { positions: { models: [0, 0], times: [0, 300], noise: [320, 0], decode: [640, 0], save: [960, 0] } },
  });
  const use = card(page, "models");
  await expect(use.getByRole("alert")).toContainText("a-model-that-is-not-here");
  await expect(use.getByRole("alert")).toContainText("Load");
  await page.keyboard.press("F8");
  await expect(page.getByRole("navigation", { name: "open subgraphs" })).toContainText("Models");
  await expect(card(page, "load")).toHaveAttribute("data-wrong", "true");
});
