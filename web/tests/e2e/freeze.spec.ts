/** Row 22: a frozen result is there after the server was killed, and nothing above it is run to make it. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { card, documentOf, dotRow, expectDocument, select } from "../support/canvas";
import { lastRun } from "../support/empty";
import { expect, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

test.use({
  expectedErrors: [/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/],
  expectedRequests: [/^(http|ws):\/\/127\.0\.0\.1:/], // this test has a server of its own
});

test("row 22: a frozen result outlives the server, and its upstream stays out of the plan", async ({
  page,
}) => {
  test.setTimeout(300_000);
  const home = await mkdtemp(join(tmpdir(), "loom-e2e-"));
  let server = await Server.start(home);
  await server.ask("PUT", "workflows/frozen", { ...dotRow(), name: "frozen" }, { "If-None-Match": "*" });
  await signIn(page.context(), server);
  await page.goto(`${server.url}#/frozen`);
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect.poll(() => lastRun(server, "frozen"), { timeout: 150_000 }).toBe("done");
  await expect(card(page, "picture").locator(".badge")).toHaveText("cached");
  await select(page, "picture");
  await page.keyboard.press("Shift+F");
  await expect(card(page, "picture")).toHaveAttribute("data-mode", "frozen");
  await expect(card(page, "mask").locator(".badge")).toHaveText("skipped"); // the plan with it has been made
  const { mode } = (await documentOf(server, "frozen")).nodes.picture ?? {};
  await server.kill();

  server = await Server.start(home, Number(new URL(server.url).port));
  await page.reload();
  await expect(card(page, "picture")).toHaveAttribute("data-mode", "frozen");
  await card(page, "mask").getByRole("spinbutton", { name: "left" }).focus();
  await page.keyboard.press("ArrowUp");
  await card(page, "save").getByRole("textbox", { name: "name" }).fill("after");
  await page.keyboard.press("Enter");
  await expectDocument(
    server,
    "frozen",
    ({ nodes }) => [nodes.mask?.inputs?.left, nodes.save?.inputs?.name, nodes.picture?.mode],
    [9, "after", mode],
  );
  await expect(card(page, "mask").locator(".badge")).toHaveText("skipped");
  await expect(card(page, "save").locator(".badge")).toHaveText("will run");
  const before = await server.ask<{ runs: { id: string }[] }>("GET", "runs?name=frozen");
  await page.getByRole("button", { name: "Run", exact: true }).click();
  await expect
    .poll(async () => (await server.ask<{ runs: object[] }>("GET", "runs?name=frozen")).runs.length)
    .toBe(before.runs.length + 1);
  await expect.poll(() => lastRun(server, "frozen"), { timeout: 150_000 }).toBe("done");
  const { runs } = await server.ask<{ runs: { id: string }[] }>("GET", "runs?name=frozen&limit=1");
  const { nodes } = await server.ask<{ nodes: Record<string, { status: string }> }>(
    "GET",
    `runs/${runs[0]?.id}`,
  );
  expect([nodes.mask?.status, nodes.picture?.status, nodes.save?.status]).toEqual([
    "skipped",
    "cached",
    "ran",
  ]);
  await expect(page.getByRole("img", { name: "the result of save" })).toBeVisible();
  await server.stop();
  await rm(home, { recursive: true, force: true });
});
