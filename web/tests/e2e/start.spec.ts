/** The start: what is needed is asked for together, and what is not seen comes after the graph. */
import type { Route, WebSocketRoute } from "@playwright/test";
import { dotRow } from "../support/canvas";
import { expect, signIn, test } from "../support/fixtures";

test("the list of workflows does not wait for the node types, nor the graph for what is opened later", async ({
  page,
  server,
}) => {
  const name = `start-${crypto.randomUUID().slice(0, 8)}`;
  await server.ask("PUT", `workflows/${name}`, { ...dotRow(), name }, { "If-None-Match": "*" });
  await signIn(page.context(), server);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  let types: Route | null = null;
  await page.route("**/api/v1/nodes", (route) => {
    types = route;
  });
  const held: (string | Buffer)[] = [];
  let live: WebSocketRoute | null = null;
  await page.routeWebSocket(/\/live\?/, (socket) => {
    live = socket;
    const origin = socket.connectToServer();
    origin.onMessage((message) => held.push(message));
  });

  await page.goto(`${server.url}#/${name}`);
  await expect.poll(() => asked.includes("/api/v1/workflows")).toBe(true);
  await expect.poll(() => types !== null).toBe(true);
  await expect(page.locator(".editor")).toHaveCount(0); // without the types nothing can be drawn
  await (types as unknown as Route).continue();

  await expect(page.locator(".editor")).toBeVisible();
  await expect.poll(() => held.length).toBeGreaterThan(0); // the document is here, and not shown yet
  const later = (): string[] => asked.filter((path) => /(KeysSheet|FailureSheet|ContextMenu)-/.test(path));
  await expect.poll(() => asked.some((path) => path.endsWith("/queue"))).toBe(true); // the start is over
  expect(later()).toEqual([]);
  for (const message of held.splice(0)) (live as unknown as WebSocketRoute).send(message);
  await expect(page.locator(".react-flow__node").first()).toBeVisible();
  await expect.poll(() => later().length).toBeGreaterThan(2); // then, for whoever opens them
});
