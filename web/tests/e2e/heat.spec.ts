/** Row 33: where the seconds went: colours, numbers and a ranked list, of times that the server measured and keeps. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { card, type Document, goFar } from "../support/canvas";
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";

const STEPS = 6;
const FEW = ["positive", "negative", "noise", "uncond", "cond", "cfg", "solve", "image", "save"];

/** The example with few steps; `seed` makes it one that no test has run yet. */
async function short(seed: number): Promise<Document> {
  const document = (await example("text_to_image")) as Document;
  const { schedule, noise, positive, negative } = document.nodes;
  if (!schedule || !noise || !positive || !negative) throw new Error("the example has changed");
  schedule.inputs = { ...schedule.inputs, steps: STEPS };
  noise.inputs = { ...noise.inputs, seed };
  positive.inputs = { ...positive.inputs, text: `a red circle ${seed}` };
  negative.inputs = { ...negative.inputs, text: `a blue square ${seed}` };
  return document;
}

async function run(page: Page, server: Server, name: string, count: number): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect
    .poll(
      async () => {
        const { runs } = await server.ask<{ runs: { status: string }[] }>("GET", `runs?name=${name}`);
        return runs.map((one) => one.status);
      },
      { timeout: 200_000 },
    )
    .toEqual(Array.from({ length: count }, () => "done"));
}

const seconds = async (page: Page, node: string): Promise<number> =>
  Number(await card(page, node).getAttribute("data-heat"));

/** The nodes of a list in its order, and the seconds that it says. */
async function listed(page: Page, list: string): Promise<{ node: string; heat: number }[]> {
  return page
    .getByRole("list", { name: list })
    .locator(".times-row")
    .evaluateAll((rows) =>
      rows.map((row) => ({
        node: row.getAttribute("data-row") ?? "",
        heat: Number(row.getAttribute("data-heat")),
      })),
    );
}

test("row 33: nodes are ordered by the time that the last run took, over a reload too", async ({
  page,
  openDocument,
  server,
}) => {
  test.setTimeout(400_000);
  const name = await openDocument(await short(3311));
  await page.keyboard.press("h");
  const legend = page.getByRole("region", { name: "Time heat map" });
  await expect(legend).toContainText("Times show here after a run");
  await run(page, server, name, 1);
  await expect(card(page, "cond")).toHaveAttribute("data-heat-whose", "run");
  await expect(legend.getByRole("listitem")).toHaveCount(6);

  await page.keyboard.press("f"); // beside a panel the graph need not be whole

  // the cards say what the list says, in its order, and what the server measured
  const rows = await listed(page, "dearest nodes");
  expect(rows.map((one) => one.heat)).toEqual(rows.map((one) => one.heat).sort((a, b) => b - a));
  expect(rows.map((one) => one.node).sort()).toEqual([...FEW].sort());
  const { runs } = await server.ask<{ runs: { id: string }[] }>("GET", `runs?name=${name}`);
  const told = await server.ask<{
    nodes: Record<string, { seconds: number; steps: { seconds: number }[] | null }>;
  }>("GET", `runs/${runs[0]?.id}/times`);
  let last = Number.POSITIVE_INFINITY;
  for (const { node, heat } of rows) {
    expect(heat).toBe(told.nodes[node]?.seconds);
    expect(await seconds(page, node)).toBe(heat);
    await expect(card(page, node).locator(".heat-pill")).toHaveText(/\d (ms|s)$/);
    const level = Number(await card(page, node).getAttribute("data-heat-level"));
    expect(level).toBeLessThanOrEqual(last);
    last = level;
  }
  expect(await card(page, rows[0]?.node ?? "").getAttribute("data-heat-level")).toBe("5");

  // a loop is its nodes, step by step
  const body = ["uncond", "cond", "cfg", "solve"];
  const inner = (await Promise.all(body.map((one) => seconds(page, one)))).reduce((a, b) => a + b, 0);
  expect(await seconds(page, "sample")).toBeCloseTo(inner, 3);
  await expect(card(page, "sample").locator(".frame-head")).toContainText(`${STEPS} steps × `);
  await expect(card(page, "cond")).toContainText(`${STEPS} × `);
  await expect(page.getByRole("list", { name: "loops" })).toContainText(`${STEPS} steps, `);

  // by keyboard to the dearest node
  await page.locator(".times-row").first().focus();
  await page.keyboard.press("Enter");
  await expect(card(page, rows[0]?.node ?? "")).toHaveAttribute("data-selected", "true");

  await page.keyboard.press("Control+0");
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    await expectAccessible(page);
  }
  await page.reload();
  await expect(card(page, "cond")).toHaveAttribute("data-heat-whose", "run");
  expect(await listed(page, "dearest nodes")).toEqual(rows);

  await page.keyboard.press("f");

  // folded, the loop is one card with its total
  await page.getByRole("button", { name: /^Fold .* into one node$/ }).click();
  await expect(card(page, "cond")).toHaveCount(0);
  expect(await seconds(page, "sample")).toBeCloseTo(inner, 3);

  // off again
  await legend.getByRole("button", { name: "Leave the time heat map" }).click();
  await expect(legend).toHaveCount(0);
  await expect(page.locator("[data-heat]")).toHaveCount(0);
  await expect(page.locator(".heat-pill")).toHaveCount(0);
});

test("row 33: what came from the cache is shown as that, with what it saved", async ({
  page,
  openDocument,
  server,
}) => {
  test.setTimeout(400_000);
  const name = await openDocument(await short(3312));
  await run(page, server, name, 1);
  await page.keyboard.press("h");
  await expect(card(page, "noise")).toHaveAttribute("data-heat-whose", "run");
  const before = await seconds(page, "cond");
  await card(page, "save").getByRole("textbox", { name: "name" }).fill("other");
  await page.keyboard.press("Enter");
  await expect(page.locator(".plan-run")).toHaveText("1 will run");
  await run(page, server, name, 2);
  await expect(card(page, "cond")).toHaveAttribute("data-heat-whose", "cached");
  await expect(card(page, "cond").locator(".heat-pill")).toHaveText(/^\d.* m?s$/);
  await expect(card(page, "cond").locator(".card-type")).toHaveText(/^saved · 6 × /);
  expect(await seconds(page, "cond")).toBe(before); // the time of the run that ran it
  await expect(card(page, "save")).toHaveAttribute("data-heat-whose", "run");
  expect((await listed(page, "dearest nodes")).map((one) => one.node)).toEqual(["save"]);
  const saved = await listed(page, "saved by the cache");
  expect(saved.map((one) => one.node)).toContain("cond");
  expect(saved.map((one) => one.heat)).toEqual(saved.map((one) => one.heat).sort((a, b) => b - a));
});

test("row 33: from far away nodes are painted in the same colours", async ({
  page,
  openDocument,
  server,
}) => {
  test.setTimeout(400_000);
  const name = await openDocument(await short(3313));
  await run(page, server, name, 1);
  await page.keyboard.press("h");
  await expect(card(page, "cond")).toHaveAttribute("data-heat-level", "5");
  const colour = await card(page, "cond").evaluate((one) => getComputedStyle(one).borderTopColor);
  const pixels = (): Promise<number> =>
    page.evaluate((wanted) => {
      const layer = document.querySelector<HTMLCanvasElement>(".far-layer");
      const context = layer?.getContext("2d");
      if (!layer || !context) return 0;
      const probe = new OffscreenCanvas(1, 1).getContext("2d") as OffscreenCanvasRenderingContext2D;
      probe.fillStyle = wanted;
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      const { data } = context.getImageData(0, 0, layer.width, layer.height);
      let found = 0;
      for (let at = 0; at < data.length; at += 4)
        if (data[at] === r && data[at + 1] === g && data[at + 2] === b) found += 1;
      return found;
    }, colour);
  await goFar(page);
  await expect.poll(pixels).toBeGreaterThan(500);
  await page.keyboard.press("h");
  await expect.poll(pixels).toBe(0);
});
