/** The whole way of a person through the editor, from the first prompt to the same graph on another machine. */
import { readFile } from "node:fs/promises";
import { card, documentOf } from "../support/canvas";
import { example } from "../support/documents";
import { lastRun } from "../support/empty";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";

interface Ended {
  id: string;
  status: string;
  nodes: Record<string, { status: string }>;
}

async function ended(server: Server, name: string, count: number): Promise<Ended> {
  let run: Ended | undefined;
  await expect
    .poll(
      async () => {
        const { runs } = await server.ask<{ runs: Ended[] }>("GET", `runs?name=${name}&limit=9`);
        run = runs[0];
        return `${runs.length} ${run?.status}`;
      },
      { timeout: 150_000 },
    )
    .toBe(`${count} done`);
  return server.ask<Ended>("GET", `runs/${run?.id}`);
}

test("open, edit the prompt, run, preview, picture, another CFG, reload, export, drop: the same graph", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(420_000);
  const name = await openDocument(await example("text_to_image"));
  const run = page.getByRole("button", { name: "Run", exact: true });

  const prompt = card(page, "positive").getByRole("textbox").first();
  await prompt.fill("a yellow star on a green background");
  await prompt.blur();
  await expect
    .poll(async () => (await documentOf(server, name)).nodes.positive?.inputs?.text)
    .toBe("a yellow star on a green background");

  const previews: string[] = [];
  await page.exposeFunction("previewed", (source: string) => previews.push(source));
  await page.evaluate(() => {
    new MutationObserver((changes) => {
      for (const { target } of changes)
        if (target instanceof HTMLImageElement && target.src.startsWith("blob:"))
          (window as unknown as { previewed(source: string): void }).previewed(target.src);
      for (const image of document.querySelectorAll<HTMLImageElement>('img[src^="blob:"]'))
        (window as unknown as { previewed(source: string): void }).previewed(image.src);
    }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
  });
  await run.click();
  await ended(server, name, 1);
  expect(new Set(previews).size, "pictures of steps").toBeGreaterThan(1);
  const picture = card(page, "save").locator('img[src*="/artifacts/"]');
  await expect(picture).toBeVisible();
  const first = await picture.getAttribute("src");
  await expect(card(page, "cfg").locator(".badge")).toHaveText("cached");

  const scale = card(page, "cfg")
    .locator('[data-input="scale"]')
    .getByRole("textbox")
    .or(card(page, "cfg").locator('[data-input="scale"]').getByRole("spinbutton"));
  await scale.first().fill("5");
  await scale.first().press("Enter");
  await expect(card(page, "cfg").locator(".badge")).toHaveText("will run");
  await expect(card(page, "positive").locator(".badge")).toHaveText("cached");
  await run.click();
  const second = await ended(server, name, 2);
  for (const [node, { status }] of Object.entries(second.nodes)) {
    const again = ["sample", "uncond", "cond", "cfg", "solve", "image", "save"].includes(node);
    expect(`${node} ${status}`).toBe(`${node} ${again ? "ran" : "cached"}`);
  }
  await expect(picture).not.toHaveAttribute("src", first ?? "");
  const shown = await picture.getAttribute("src");

  const before = await documentOf(server, name);
  await page.reload();
  await expect(picture).toHaveAttribute("src", shown ?? "");
  await expect(prompt).toHaveValue("a yellow star on a green background");
  expect(await documentOf(server, name)).toEqual(before);
  expect(await lastRun(server, name)).toBe("done");

  const download = page.waitForEvent("download");
  await page.keyboard.press("Control+Shift+S");
  const bytes = await readFile(await (await download).path());

  const fresh = await page.context().newPage();
  await fresh.goto(server.url);
  await expect(fresh.locator(".react-flow__node").first()).toBeVisible();
  const was = fresh.url();
  await fresh.evaluate((base64) => {
    const data = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([data], "graph.png", { type: "image/png" }));
    const target = document.querySelector(".react-flow__pane") ?? document.body;
    for (const type of ["dragenter", "dragover", "drop"])
      target.dispatchEvent(
        new DragEvent(type, {
          dataTransfer: transfer,
          bubbles: true,
          cancelable: true,
          clientX: 600,
          clientY: 400,
        }),
      );
  }, bytes.toString("base64"));
  await expect.poll(() => fresh.url()).not.toBe(was);
  await expect(fresh.locator('[data-node="cfg"]')).toBeVisible();
  const dropped = /#\/([a-z0-9_-]+)/.exec(fresh.url())?.[1] ?? "";
  expect(dropped).not.toBe(name);
  const { name: _, ...graph } = await documentOf(server, dropped);
  const { name: __, ...original } = before;
  expect(graph).toEqual(original);
});
