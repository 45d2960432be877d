/** Row 15: a scrubber walks over the steps of a loop: the latent, the clean one, steps from the cache. */
import type { Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { card, type Document } from "../support/canvas";
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";

const STEPS = 6;
/** of this file alone: what other tests ran on the same server is cached */
const SEED = 1501;

async function short(): Promise<Document> {
  const document = (await example("text_to_image")) as Document;
  const { schedule, noise } = document.nodes;
  if (schedule === undefined || noise === undefined) throw new Error("not the example that was expected");
  schedule.inputs = { ...schedule.inputs, steps: STEPS };
  noise.inputs = { ...noise.inputs, seed: SEED };
  return document;
}

const slider = (page: Page) => page.getByRole("slider", { name: "steps of sample" });
const picture = (page: Page) => card(page, "sample").locator(".steps-picture img");

/** Run what is open, to the end. */
async function run(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect(page.getByTestId("announcer")).toContainText("The run is done", { timeout: 200_000 });
}

/** Walk over all steps by keyboard; the address of each step's picture, once it is seen. */
async function walk(page: Page, name: string): Promise<string[]> {
  await slider(page).press("Home");
  const found: string[] = [];
  for (let step = 1; step <= STEPS; step += 1) {
    await expect(slider(page)).toHaveAttribute(
      "aria-valuetext",
      new RegExp(`^step ${step} of ${STEPS}, (from the cache, )?${name}$`),
    );
    const image = picture(page);
    await expect(image).toHaveAttribute("alt", `step ${step}, ${name}`);
    await expect(image).not.toHaveAttribute("src", found.at(-1) ?? "none");
    await expect
      .poll(() => image.evaluate((one: HTMLImageElement) => one.complete && one.naturalWidth))
      .toBe(128);
    found.push((await image.getAttribute("src")) ?? "");
    await slider(page).press("ArrowRight");
  }
  expect(new Set(found).size).toBe(STEPS);
  return found;
}

/** The squared difference of neighbouring pixels of a picture, on average: how noisy it is. */
function roughness(page: Page, url: string): Promise<number> {
  return page.evaluate(async (address) => {
    const bitmap = await createImageBitmap(await (await fetch(address)).blob());
    const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
    const context = canvas.getContext("2d") as OffscreenCanvasRenderingContext2D;
    context.drawImage(bitmap, 0, 0);
    const { data } = context.getImageData(0, 0, bitmap.width, bitmap.height);
    let sum = 0;
    for (let at = 4; at < data.length; at += 4) sum += ((data[at] ?? 0) - (data[at - 4] ?? 0)) ** 2;
    return sum / (data.length / 4);
  }, url);
}

test("row 15: the scrubber walks over latents and clean latents; after a reload, and from the cache", async ({
  page,
  openDocument,
}) => {
  test.setTimeout(400_000);
  await openDocument(await short());
  await run(page);
  await expect(page.getByRole("group", { name: "seen of each step" })).toHaveCount(0); // nobody looks yet

  await slider(page).focus();
  const latents = await walk(page, "latent xₜ");
  await expect(card(page, "sample").locator(".steps-side")).toContainText(/step 6 of 6 [\d.]+ m?s/);
  await page.getByRole("radio", { name: "clean x̂₀" }).check();
  const cleans = await walk(page, "clean x̂₀");
  expect(cleans.filter((one) => latents.includes(one))).toEqual([]);
  await expectAccessible(page, '[data-node="sample"]');

  // noise becomes a picture; what the model takes for clean is one from the start
  expect(await roughness(page, latents[0] ?? "")).toBeGreaterThan(
    5 * (await roughness(page, latents.at(-1) ?? "")),
  );
  expect(await roughness(page, cleans[0] ?? "")).toBeLessThan((await roughness(page, latents[0] ?? "")) / 3);

  await page.reload();
  await expect(slider(page)).toBeEnabled();
  await expect(page.getByTestId("announcer")).toBeEmpty(); // a run that ended long ago is no news
  await slider(page).focus();
  expect(await walk(page, "latent xₜ")).toEqual(latents);
  await page.getByRole("radio", { name: "clean x̂₀" }).check();
  expect(await walk(page, "clean x̂₀")).toEqual(cleans);

  // a run that computes nothing shows the same steps, and says that they were cached
  await run(page);
  await slider(page).focus();
  const again = await walk(page, "clean x̂₀");
  expect(again.map(key)).toEqual(cleans.map(key));
  expect(again).not.toEqual(cleans);
  await expect(slider(page)).toHaveAttribute("aria-valuetext", "step 6 of 6, from the cache, clean x̂₀");
  await expect(card(page, "sample").locator(".steps-side")).toContainText("step 6 of 6 from the cache");
  expect(await shaded(page)).toBe(1);
});

test("row 15: an edit takes the shading away; the pictures of the last run stay, and where there are none it is said", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(400_000);
  const name = await openDocument(await short());
  await run(page);
  await expect.poll(() => shaded(page)).toBe(1);
  const operations = [{ op: "set_input", node: "schedule", input: "steps", value: STEPS + 2 }];
  await server.ask("POST", `workflows/${name}/operations`, {
    client: "test",
    edits: [{ id: "more", operations }],
  });
  await expect.poll(() => shaded(page)).toBe(0); // all steps will run

  await slider(page).press("End");
  await expect(card(page, "sample").locator(".steps-picture")).toHaveText("not kept");
  await expect(slider(page)).toHaveAttribute("aria-valuetext", "step 8 of 8, latent xₜ is not kept");
  await slider(page).press("Home");
  await expect(picture(page)).toHaveAttribute("alt", "step 1, latent xₜ");
  await expect(slider(page)).toHaveAttribute("aria-valuetext", /^step 1 of 8, (from the cache, )?latent xₜ$/);
});

/** The key of a picture, of its address. */
function key(address: string): string {
  return /steps\/([0-9a-f]{64})/.exec(address)?.[1] ?? "";
}

/** The part of the bar that is shaded as cached. */
function shaded(page: Page): Promise<number> {
  return card(page, "sample")
    .locator(".steps-cached")
    .evaluate((bar) => Number(/scaleX\((.*)\)/.exec((bar as HTMLElement).style.transform)?.[1]));
}

test("row 15: while a run goes on, steps that are done show the latent and the clean one; nobody else asks", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(400_000);
  const asked: string[] = [];
  page.on("request", (request) => {
    if (/\/runs\/\w+\/steps/.test(request.url())) asked.push(request.url());
  });
  const document = await short();
  Object.assign(document.nodes.schedule?.inputs ?? {}, { steps: 400 });
  Object.assign(document.nodes.noise?.inputs ?? {}, { seed: 1000 + Math.floor(Math.random() * 1e6) });
  const name = await openDocument(document);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  const at = async (): Promise<number> =>
    Number(/^step (\d+)/.exec((await slider(page).getAttribute("aria-valuetext")) ?? "")?.[1] ?? 0);
  await expect.poll(at, { timeout: 200_000 }).toBeGreaterThan(3);
  expect(asked).toEqual([]); // a run that nobody looks at in this way

  await slider(page).focus();
  const sights = page.getByRole("group", { name: "seen of each step" });
  await expect(sights.getByRole("radio")).toHaveCount(3);
  await expect(sights.getByRole("radio", { name: "live" })).toBeChecked();
  await slider(page).press("Home");
  await slider(page).press("ArrowRight");
  await expect(slider(page)).toHaveAttribute("aria-valuetext", "step 2 of 400");
  const addresses: string[] = [];
  for (const sight of ["latent xₜ", "clean x̂₀"]) {
    await sights.getByRole("radio", { name: sight }).check();
    await expect(picture(page)).toHaveAttribute("alt", `step 2, ${sight}`);
    await expect(picture(page)).toHaveAttribute("src", /\/steps\/[0-9a-f]{64}/);
    await expect
      .poll(() => picture(page).evaluate((one: HTMLImageElement) => one.complete && one.naturalWidth))
      .toBe(128);
    addresses.push((await picture(page).getAttribute("src")) ?? "");
  }
  expect(await roughness(page, addresses[1] ?? "")).toBeLessThan(
    (await roughness(page, addresses[0] ?? "")) / 3,
  );
  await expectAccessible(page, '[data-node="sample"]');

  await slider(page).dblclick({ force: true }); // back to where the run is: it goes on with the clean one
  const before = await at();
  await expect.poll(at).toBeGreaterThan(before + 2);
  await expect(picture(page)).toHaveAttribute("alt", /^step \d+, clean x̂₀$/);
  const lists = asked.filter((url) => url.includes("/steps?"));
  expect(lists.length).toBeLessThanOrEqual(2); // the places of pictures to come are known
  const { runs } = await server.ask<{ runs: { status: string }[] }>("GET", `runs?name=${name}&limit=1`);
  expect(runs[0]?.status).toBe("running");
  await page.getByRole("button", { name: "Stop", exact: true }).click();
  await expect(page.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
});
