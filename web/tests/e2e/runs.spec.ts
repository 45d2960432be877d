/** Rows 1, 3, 16: what will run, how far it is, and the seed that it had. */
import { card, documentOf } from "../support/canvas";
import { example } from "../support/documents";
import { lastRun } from "../support/empty";
import { expect, test } from "../support/fixtures";

interface Made {
  id: string;
  set: Record<string, unknown>;
}

test("rows 1 and 3: before Run each node says whether it will run; then the run tells its steps", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(await example("text_to_image"));
  await expect(card(page, "positive").locator(".badge")).toHaveText(/will run|cached/);
  const far = new Set<string>();
  await page.exposeFunction("told", (value: string) => void far.add(value));
  await page.evaluate(() => {
    new MutationObserver(() => {
      for (const bar of document.querySelectorAll('input[type="range"][aria-valuetext^="step "]'))
        (window as unknown as { told(value: string | null): void }).told(bar.getAttribute("aria-valuetext"));
    }).observe(document.body, { subtree: true, attributes: true, childList: true });
  });
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => lastRun(server, name)).toBe("done");
  expect(far.size, "how far it was").toBeGreaterThan(1);
  for (const node of ["positive", "noise", "cfg", "save"])
    await expect(card(page, node).locator(".badge")).toHaveText("cached");
  await card(page, "positive").getByRole("textbox").first().fill("a green heart on a white background");
  await page.keyboard.press("Tab");
  await expect(card(page, "positive").locator(".badge")).toHaveText("will run");
  await expect(card(page, "noise").locator(".badge")).toHaveText("cached");
});

test("row 16: a seed is new for each run, and that of the last run comes back", async ({
  page,
  server,
  openDocument,
}) => {
  const document = await example("text_to_image");
  const name = await openDocument({ ...document, ui: { ...(document.ui as object) } });
  const noise = card(page, "noise");
  const seed = async (): Promise<unknown> => (await documentOf(server, name)).nodes.noise?.inputs?.seed;
  await noise.getByRole("button", { name: "A new seed", exact: true }).click();
  await expect.poll(seed).not.toBe(7);
  await noise.getByRole("button", { name: /Random/ }).click();
  await expect.poll(seed).toBe("random");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => lastRun(server, name)).toBe("done");
  const { runs } = await server.ask<{ runs: Made[] }>("GET", `runs?name=${name}&limit=1`);
  const { set } = await server.ask<Made>("GET", `runs/${runs[0]?.id}`);
  await noise.getByRole("button", { name: "Recall the seed of the last run" }).click();
  await expect.poll(seed).toBe(set["noise.seed"]);
  expect(typeof set["noise.seed"]).toBe("number");
});
