/** A node lands where the hand lets go of it, however quick the hand and however late the server. */
import type { Page } from "@playwright/test";
import { card, dotRow, expectDocument, zoomOf } from "../support/canvas";
import { expect, test } from "../support/fixtures";

const LATE = 250; // ms

/** Every word of the server comes late: what a first drag did is confirmed in the middle of the second. */
async function slowServer(page: Page): Promise<void> {
  await page.routeWebSocket(/\/live\?/, (socket) => {
    const server = socket.connectToServer();
    server.onMessage((message) => void setTimeout(() => socket.send(message), LATE));
  });
}

/** Take a card by its head and put it elsewhere; `moves`: as many as the page hears of. */
async function drag(
  page: Page,
  node: string,
  dx: number,
  dy: number,
  moves: number,
  pause = 0,
): Promise<void> {
  const box = await card(page, node).boundingBox();
  if (box === null) throw new Error(`${node} is not on the screen`);
  const [x, y] = [box.x + 50, box.y + 12];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let move = 1; move <= moves; move += 1) {
    await page.mouse.move(x + (dx * move) / moves, y + (dy * move) / moves);
    if (pause > 0) await page.waitForTimeout(pause);
  }
  await page.mouse.up();
}

test("a second drag, while the server still answers the first, ends where the hand does", async ({
  page,
  server,
  openDocument,
}) => {
  await slowServer(page);
  const document = dotRow();
  document.ui = { positions: { mask: [0, 0], picture: [320, 0], save: [640, 0] } };
  const name = await openDocument(document);
  await expect(card(page, "save")).toBeVisible();
  const zoom = await zoomOf(page);
  await drag(page, "save", 0, 130 * zoom, 3);
  await drag(page, "save", 90 * zoom, 110 * zoom, 8, 60); // 480 ms: the first is confirmed on the way
  await expectDocument(server, name, (one) => near(one.ui?.positions?.save, [730, 240]), true);
  await page.waitForTimeout(2 * LATE);
  const box = await card(page, "save").boundingBox();
  const mask = await card(page, "mask").boundingBox();
  expect(Math.abs(((box?.x ?? 0) - (mask?.x ?? 0)) / zoom - 730)).toBeLessThan(12);
});

test("a hand so quick that the page hears of one move alone takes the node all the way", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const zoom = await zoomOf(page);
  await drag(page, "save", -60 * zoom, 240 * zoom, 1);
  await expectDocument(server, name, (one) => near(one.ui?.positions?.save, [580, 240]), true);
  await drag(page, "save", 60 * zoom, -100 * zoom, 2);
  await expectDocument(server, name, (one) => near(one.ui?.positions?.save, [640, 140]), true);
});

/** Within the grid and the reach of the guides. */
function near(at: readonly [number, number] | undefined, wanted: readonly [number, number]): boolean {
  return at !== undefined && Math.abs(at[0] - wanted[0]) < 12 && Math.abs(at[1] - wanted[1]) < 12;
}
