/** What of a graph runs: without what is muted or bypassed, to a node, above what is frozen. */
import { card, dotRow, expectDocument, select } from "../support/canvas";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";

test("row 20: a muted or bypassed node is left out of the run", async ({ page, server, openDocument }) => {
  test.setTimeout(240_000);
  const document = dotRow();
  const name = await openDocument({
    ...document,
    nodes: {
      ...document.nodes,
      mask: {
        type: "mask.ellipse@1",
        inputs: { width: 76, height: 76, left: 9, top: 9, right: 67, bottom: 67 },
      }, // not cached yet
      invert: { type: "mask.invert@1", inputs: { mask: { from: "mask" } } },
      picture: { type: "mask.to_image@1", inputs: { mask: { from: "invert" } } },
    },
    ui: { positions: { ...document.ui?.positions, invert: [160, 320] } },
  });
  await select(page, "invert");
  await page.keyboard.press("Control+b");
  await expect(card(page, "invert")).toHaveAttribute("data-mode", "bypass");
  await page.keyboard.press("Control+Enter");
  const nodes = await runOf(server, name, 0);
  expect(nodes.invert?.status).toBe("skipped");
  expect(nodes.save?.status).toBe("ran");
  await page.keyboard.press("Control+b");
  await page.keyboard.press("m");
  await expect(card(page, "invert")).toHaveAttribute("data-mode", "mute");
  await expect(card(page, "save").locator(".badge")).toHaveText("skipped");
});

test("row 21: run to here runs what leads there, and nothing else", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(240_000);
  const document = dotRow();
  document.nodes.mask = {
    type: "mask.ellipse@1",
    inputs: { width: 80, height: 80, left: 9, top: 9, right: 71, bottom: 71 },
  }; // not cached yet
  const name = await openDocument(document);
  await select(page, "picture");
  await page.keyboard.press("Control+Shift+Enter");
  const nodes = await runOf(server, name, 0);
  expect(nodes.mask?.status).toBe("ran");
  expect(nodes.picture?.status).toBe("ran");
  expect(nodes.save?.status).toBe("skipped");
});

test("row 22: a frozen result stays, and nothing above it runs", async ({ page, server, openDocument }) => {
  test.setTimeout(240_000);
  const document = dotRow();
  (document.nodes.mask as { inputs: object }).inputs = {
    width: 72,
    height: 72,
    left: 9,
    top: 9,
    right: 60,
    bottom: 60,
  };
  const name = await openDocument(document);
  await page.keyboard.press("Control+Enter");
  await runOf(server, name, 0);
  await expect(card(page, "picture").locator(".badge")).toHaveText("cached");
  await select(page, "picture");
  await page.keyboard.press("Shift+F");
  await expect(card(page, "picture")).toHaveAttribute("data-mode", "frozen");
  await card(page, "mask").getByRole("spinbutton", { name: "left" }).focus();
  await page.keyboard.press("ArrowUp");
  await expectDocument(server, name, (one) => one.nodes.mask?.inputs?.left !== 9, true);
  await expect(card(page, "mask").locator(".badge")).toHaveText("skipped");
  await select(page, "picture");
  await page.keyboard.press("Shift+F");
  await expect(card(page, "picture")).toHaveAttribute("data-mode", "normal");
  await expect(card(page, "mask").locator(".badge")).toHaveText("will run");
});

interface RunAnswer {
  id: string;
  status: string;
  nodes: Record<string, { status: string }>;
}

/** The nodes of the newest run of a workflow, once it has ended. */
async function runOf(server: Server, name: string, at: number): Promise<RunAnswer["nodes"]> {
  let id = "";
  await expect
    .poll(
      async () => {
        const { runs } = await server.ask<{ runs: RunAnswer[] }>("GET", `runs?name=${name}`);
        id = runs[at]?.id ?? "";
        return runs[at]?.status;
      },
      { timeout: 120_000 },
    )
    .toBe("done");
  return (await server.ask<RunAnswer>("GET", `runs/${id}`)).nodes;
}
