/** Nothing is lost: two tabs, a tab that dies, a server that is gone, what this server does not know. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import { card, documentOf, dotRow, expectDocument, revisionOf, select } from "../support/canvas";
import { expect, signIn, test } from "../support/fixtures";
import { type JsonObject, Server } from "../support/server";

test("row 12: two tabs that edit at once show the same in the end", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const other = await page.context().newPage();
  await other.goto(`${server.url}#/${name}`);
  const field = (tab: typeof page, input: string) =>
    card(tab, "mask").getByRole("spinbutton", { name: input });
  await field(other, "top").focus();
  await field(page, "left").focus();
  for (let n = 0; n < 6; n += 1) {
    await Promise.all([page.keyboard.press("ArrowUp"), other.keyboard.press("ArrowUp")]);
  }
  await select(other, "save");
  await Promise.all([other.keyboard.press("Delete"), page.keyboard.press("ArrowUp")]);
  await expectDocument(
    server,
    name,
    ({ nodes }) => [nodes.mask?.inputs?.left, nodes.mask?.inputs?.top, Object.keys(nodes)],
    [15, 14, ["mask", "picture"]],
  );
  for (const tab of [page, other]) {
    await expect(field(tab, "left")).toHaveValue("15");
    await expect(field(tab, "top")).toHaveValue("14");
    await expect(card(tab, "save")).toHaveCount(0);
  }
});

interface Sent {
  id: string;
  operations: JsonObject[];
}

/** What a tab says to its document and what the server acknowledges, as it goes over the wire. */
function overheard(tab: Page): { sent: Map<string, Sent>; acknowledged: Set<string> } {
  const heard = { sent: new Map<string, Sent>(), acknowledged: new Set<string>() };
  const messages = (text: string | Buffer): JsonObject[] => {
    const said = JSON.parse(String(text)) as JsonObject | JsonObject[];
    return Array.isArray(said) ? said : [said];
  };
  tab.on("websocket", (socket) => {
    if (!socket.url().includes("/live?")) return;
    socket.on("framesent", ({ payload }) => {
      for (const one of messages(payload))
        if (one.type === "ops") heard.sent.set(String(one.id), one as unknown as Sent);
    });
    socket.on("framereceived", ({ payload }) => {
      for (const one of messages(payload)) if (one.type === "ack") heard.acknowledged.add(String(one.id));
    });
  });
  return heard;
}

/** What tabs have left in this browser, by client; read by a page of this origin that is not the editor. */
async function leftBehind(page: Page, server: Server, name: string): Promise<Map<string, Sent[]>> {
  await page.goto(`${server.url}api/v1/health`);
  const found = await page.evaluate((prefix) => {
    const keys = Array.from({ length: localStorage.length }, (_, at) => localStorage.key(at) ?? "");
    return keys
      .filter((key) => key.startsWith(prefix))
      .map((key) => [key.slice(prefix.length), localStorage.getItem(key) ?? "[]"] as const);
  }, `loom.outbox/${name}/`);
  return new Map(found.map(([client, text]) => [client, JSON.parse(text) as Sent[]]));
}

test("row 12: a tab that is killed in the middle of edits loses none that was sent, acknowledged or kept", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(400_000);
  const name = await openDocument(dotRow());
  const totals = { sent: 0, acknowledged: 0, kept: 0 };
  for (const [round, end] of ["crash", "close", "crash", "close", "crash", "crash"].entries()) {
    await page.goto("about:blank"); // no other tab has the document open
    const tab = await page.context().newPage();
    const heard = overheard(tab);
    await tab.goto(`${server.url}#/${name}`);
    await select(tab, "picture");
    const client = String(await tab.evaluate(() => sessionStorage.getItem("loom.client")));
    const cdp = await tab.context().newCDPSession(tab);
    const burst = (async () => {
      for (let n = 0; n < 200; n += 1) {
        const keys = ["m", "c", "Shift+ArrowDown", "Shift+ArrowRight", "Control+b"];
        await tab.keyboard.press(keys[Math.floor(Math.random() * keys.length)] ?? "m");
      }
    })().catch(() => {}); // the tab is gone
    await expect.poll(() => heard.sent.size).toBeGreaterThan(2);
    await page.waitForTimeout(Math.random() * 400);
    if (end === "crash") {
      cdp.send("Page.crash").catch(() => {}); // as a fault would end it: no handler of the page runs
      await tab.waitForEvent("crash");
    }
    await tab.close({ runBeforeUnload: false });
    await burst;

    const kept = (await leftBehind(page, server, name)).get(client) ?? [];
    const next = await page.context().newPage();
    await next.goto(`${server.url}#/${name}`);
    await expect(card(next, "picture")).toBeVisible();
    await expect.poll(async () => (await leftBehind(page, server, name)).get(client) ?? []).toEqual([]);
    const wanted = new Map([...kept.map((one) => [one.id, one] as const), ...heard.sent]); // kept before it is sent
    expect([...heard.acknowledged].filter((id) => !wanted.has(id))).toEqual([]);
    // an edit that the server has done is known to it; one that it has not would be done only now
    const edits = [...wanted.values()].map(({ id, operations }) => ({ id, operations }));
    const { results } = await server.ask<{ results: { id: string; known?: boolean }[] }>(
      "POST",
      `workflows/${name}/operations`,
      { client, edits },
    );
    expect(
      results.filter((one) => one.known !== true),
      `round ${round}, ended by ${end}`,
    ).toEqual([]);
    const { mode = "normal" } = (await documentOf(server, name)).nodes.picture ?? {};
    await expect(card(next, "picture")).toHaveAttribute("data-mode", String(mode));
    await next.close();
    totals.sent += heard.sent.size;
    totals.acknowledged += heard.acknowledged.size;
    totals.kept += kept.length;
  }
  expect(totals.acknowledged, JSON.stringify(totals)).toBeGreaterThan(6);
});

test.describe("a server that is gone", () => {
  test.use({
    expectedErrors: [/WebSocket|ERR_CONNECTION_REFUSED|Failed to load resource/],
    expectedRequests: [/^(http|ws):\/\/127\.0\.0\.1:/], // this test has a server of its own
  });

  test("row 12: edits made meanwhile are kept, also over a reload, and catch up", async ({ page }) => {
    test.setTimeout(300_000);
    const home = await mkdtemp(join(tmpdir(), "loom-e2e-"));
    let server = await Server.start(home);
    const port = Number(new URL(server.url).port);
    await server.ask("PUT", "workflows/away", dotRow(), { "If-None-Match": "*" });
    await signIn(page.context(), server);
    await page.goto(`${server.url}#/away`);
    const field = card(page, "mask").getByRole("spinbutton", { name: "left" });
    await expect(field).toHaveValue("8");
    await server.kill();
    await expect(
      page
        .getByRole("status")
        .filter({ hasText: /server/i })
        .first(),
    ).toBeVisible({ timeout: 60_000 });
    await field.focus();
    for (let n = 0; n < 4; n += 1) await page.keyboard.press("ArrowUp");
    await expect(field).toHaveValue("12");
    await page.keyboard.press("Escape");
    await select(page, "save");
    await page.keyboard.press("Delete");
    await expect(card(page, "save")).toHaveCount(0);
    server = await Server.start(home, port);
    await expectDocument(server, "away", (one) => [one.nodes.mask?.inputs?.left, Object.keys(one.nodes)], [
      12,
      ["mask", "picture"],
    ]);
    await expect(field).toHaveValue("12");
    await page.keyboard.press("Control+z");
    await expectDocument(server, "away", (one) => Object.keys(one.nodes).sort(), ["mask", "picture", "save"]);
    await page.keyboard.press("f"); // the view was fitted to what was left
    await expect(card(page, "save")).toBeVisible();
    await server.stop();
    await rm(home, { recursive: true, force: true });
  });
});

test("row 12: nodes that this server does not know stand there as placeholders, and are kept", async ({
  page,
  server,
  openDocument,
}) => {
  const document = dotRow();
  const strange = {
    type: "somebody.else@3",
    inputs: { mask: { from: "mask" }, deep: { list: [1, { two: null }] } },
    custom: { kept: true },
  };
  const name = await openDocument({
    ...document,
    nodes: { ...document.nodes, strange },
    ui: { positions: { ...document.ui?.positions, strange: [320, 300] } },
    future: { anything: [1, 2, 3] },
  });
  await expect(card(page, "strange")).toHaveAttribute("data-unknown", "true");
  await select(page, "mask");
  await page.keyboard.press("c");
  await select(page, "strange");
  await page.keyboard.press("Control+c");
  await page.mouse.move(600, 600);
  await page.keyboard.press("Control+v");
  await expectDocument(server, name, (one) => one.nodes.strange_2, strange);
  const after = await documentOf(server, name);
  expect(after.nodes.strange).toEqual(strange);
  expect(after.future).toEqual({ anything: [1, 2, 3] });
});

test("row 12: a document of before — no format, no positions, types without a version — opens and is kept", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument({
    nodes: {
      mask: { type: "mask.ellipse", inputs: { left: 4 } },
      picture: { type: "mask.to_image", inputs: { mask: { from: "mask.out" } } },
    },
  });
  await expect(card(page, "mask").getByRole("spinbutton", { name: "left" })).toHaveValue("4");
  await expect(page.locator(".react-flow__edge")).toHaveCount(1);
  expect(await revisionOf(server, name)).toBe(1); // to look at it changes nothing
  const [a, b] = [await card(page, "mask").boundingBox(), await card(page, "picture").boundingBox()];
  expect((a?.x ?? 0) + (a?.width ?? 0)).toBeLessThanOrEqual(b?.x ?? 0); // laid out, not on one heap
});
