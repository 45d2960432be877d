/** A picture of every view, dark and light, of a server that is new. Panels are found, not listed. */
import { mkdir } from "node:fs/promises";
import { resolve } from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { card, documentOf } from "../support/canvas";
import { example } from "../support/documents";
import { signIn } from "../support/fixtures";
import { literal, ran } from "../support/runs";
import { Server } from "../support/server";

const FOLDER = resolve(import.meta.dirname, "../../../docs/pictures/editor");
/** Where the canvas of the first workflow is empty: below its last card. */
const FREE = { x: 1150, y: 560 };

for (const scheme of ["dark", "light"] as const) {
  test.describe(scheme, () => {
    test.use({ colorScheme: scheme, reducedMotion: "reduce" });
    let server: Server;
    test.beforeEach(async () => {
      server = await Server.start();
    });
    test.afterEach(() => server.stop());

    const shoot = async (page: Page, view: string): Promise<void> => {
      await mkdir(FOLDER, { recursive: true });
      await page.mouse.move(640, 710);
      await page.waitForLoadState("networkidle"); // what is asked of the server has come
      await page.waitForTimeout(1000); // what slides in has arrived, what comes with it too
      await page.screenshot({ path: resolve(FOLDER, `${view}-${scheme}.png`), animations: "disabled" });
    };

    test("signing in", async ({ page }) => {
      await page.goto(server.url);
      await expect(page.getByLabel("Token")).toBeVisible();
      await shoot(page, "sign-in");
    });

    test("the editor", async ({ page, context }) => {
      await signIn(context, server);
      await page.goto(server.url);
      await expect(page.locator('.badge[data-status="run"]').first()).toBeVisible();
      await shoot(page, "first-sight");
      await page.keyboard.press("ControlOrMeta+Enter");
      await ended(server);
      await expect(page.locator('img[src*="/artifacts/"]').first()).toBeVisible();
      await expect(page.locator('.badge[data-status="cached"]')).toHaveCount(12);
      await shoot(page, "after-a-run");

      const panels = page.getByRole("navigation", { name: "choose a panel" }).getByRole("button");
      for (const panel of await panels.all()) {
        const name = (await panel.getAttribute("aria-label")) ?? "panel";
        await panel.click();
        await expect(page.getByRole("region", { name, exact: true })).toBeVisible();
        await shoot(page, `panel-${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-")}`);
        await panel.click();
      }

      for (const [view, key, name] of [
        ["command-palette", "ControlOrMeta+k", undefined],
        ["add-a-node", "Shift+A", "Add a node"],
      ] as const) {
        await page.locator(".react-flow__pane").first().click({ position: FREE });
        await page.keyboard.press(key);
        await expect(page.getByRole("dialog", name === undefined ? {} : { name })).toBeVisible();
        await shoot(page, view);
        await page.keyboard.press("Escape");
      }

      await page.setViewportSize({ width: 390, height: 844 });
      await shoot(page, "phone");
    });

    test("versions, states and times", async ({ page, context }) => {
      await signIn(context, server);
      const name = "portrait";
      const document = await example("text_to_image");
      await server.ask("PUT", `workflows/${name}`, { ...document, name }, { "If-None-Match": "*" });
      await page.goto(`${server.url}#/${name}`);
      await expect(page.locator('.badge[data-status="run"]').first()).toBeVisible();
      const text = card(page, "positive").getByRole("textbox");
      const write = async (words: string): Promise<void> => {
        await text.fill(words);
        await text.press("Escape");
        await expect.poll(() => literal(server, name, "positive", "text")).toBe(words);
        await ran(server, await documentOf(server, name));
      };
      await ran(server, await documentOf(server, name));
      await write("a yellow star on a purple background");
      await page.getByRole("button", { name: /^Undo/ }).click();
      await expect.poll(() => literal(server, name, "positive", "text")).not.toContain("star");
      await write("a green heart on a white background");
      await write("a green heart above a red ring on a white background");

      await page.keyboard.press("Shift+h");
      await expect(page.getByRole("treeitem")).toHaveCount(4);
      await shoot(page, "undo-tree");
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: "History", exact: true }).click();
      await page.keyboard.press("Shift+d");
      await expect(page.getByRole("region", { name: "comparison of versions" })).toBeVisible();
      await shoot(page, "two-versions");
      await page.keyboard.press("Escape");
      await page.keyboard.press("h");
      await expect(page.getByRole("region", { name: "Time heat map" })).toBeVisible();
      await shoot(page, "time-heat-map");
    });
  });
}

async function ended(server: Server): Promise<void> {
  await expect
    .poll(
      async () => {
        const { runs } = await server.ask<{ runs: { status: string }[] }>("GET", "runs?limit=1");
        return runs[0]?.status;
      },
      { timeout: 240_000 },
    )
    .toBe("done");
}
