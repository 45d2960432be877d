/**
 * The canvas with 2 000 nodes, beside an empty one of the same page: how soon it is ready, how much of it is in the DOM,
 * how even its frames are, what progress at 20 Hz costs. `npm run bench`; results in benchmarks/results/canvas.json.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { loadavg } from "node:os";
import { resolve } from "node:path";
import type { Page, WebSocketRoute } from "@playwright/test";
import { signIn, test } from "../tests/support/fixtures";
import type { JsonObject, Server } from "../tests/support/server";
import { chains } from "./graph";
import { canvasSize, domSize, type Frames, framesDuring, workDuring } from "./measure";

const RESULTS = resolve(import.meta.dirname, "../../benchmarks/results/canvas.json");
const SECONDS = 3;
const HZ = 20;

interface Row {
  nodes: number;
  /** milliseconds from the navigation to the first frame with the graph, and to the first paint */
  ready: number;
  paint: number;
  near: View;
  far: View;
  /** part of the main thread's time, in rest and with progress at 20 Hz */
  idle: number;
  progress: number;
}
interface View {
  dom: number;
  canvas: number;
  pan: Frames;
  drag: Frames | null;
}

test("the canvas", async ({ page, server }) => {
  const rows: Row[] = [];
  await signIn(page.context(), server);
  for (const count of [0, 2000]) rows.push(await measure(page, server, count));
  const report = { when: new Date().toISOString(), load: loadavg()[0], rows };
  await mkdir(resolve(RESULTS, ".."), { recursive: true });
  await writeFile(RESULTS, `${JSON.stringify(report, null, 1)}\n`);
  console.log(table(rows));
});

async function measure(page: Page, server: Server, count: number): Promise<Row> {
  const name = `bench-${count}-${Date.now().toString(36)}`;
  await server.ask("PUT", `workflows/${name}`, chains(count), { "If-None-Match": "*" });
  const events: WebSocketRoute[] = [];
  await page.unrouteAll();
  await page.routeWebSocket(/\/api\/v1\/events/, (socket) => {
    socket.connectToServer();
    events.push(socket);
  });
  await page.goto("about:blank");
  await page.goto(`${server.url}#/${name}`, { waitUntil: "commit" });
  const there = count === 0 ? ".empty" : ".react-flow__node .card";
  const ready = await page.evaluate(
    (selector) =>
      new Promise<number>((done) => {
        const look = (): void => {
          if (document.querySelector(selector) === null) requestAnimationFrame(look);
          else requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())));
        };
        look();
      }),
    count === 0 ? ".canvas" : `${there}, .far-layer`,
  );
  const paint = await page.evaluate(
    () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? Number.NaN,
  );
  await page.waitForTimeout(4000); // plans, thumbnails, what else a start brings
  await page.keyboard.press("Control+0");
  await page.waitForTimeout(600);
  const near = await look(page, count > 0);
  const idle = await workDuring(page, () => page.waitForTimeout(SECONDS * 1000));
  const progress = await workDuring(page, () => pretend(page, events.at(-1), name, count));
  await page.keyboard.press("f");
  await page.waitForTimeout(900);
  const far = await look(page, count > 0);
  return { nodes: count, ready, paint, near, far, idle, progress };
}

async function look(page: Page, hasNodes: boolean): Promise<View> {
  const pan = await framesDuring(page, async () => {
    await page.mouse.move(640, 400);
    for (let step = 0; step < SECONDS * 40; step += 1) {
      const back = step % 80 < 40 ? 1 : -1;
      await page.mouse.wheel(back * 12, back * 6);
      await page.waitForTimeout(16);
    }
  });
  const drag = hasNodes ? await dragged(page) : null;
  return { dom: await domSize(page), canvas: await canvasSize(page), pan, drag };
}

/** Drag a node about: near by its head, far away where one is painted. */
async function dragged(page: Page): Promise<Frames> {
  const head = page.locator(".react-flow__node .card-head");
  const boxes = await Promise.all((await head.all()).slice(0, 40).map((one) => one.boundingBox()));
  const box = boxes.find((one) => one !== null && one.x > 200 && one.x < 900 && one.y > 120 && one.y < 520);
  const [x, y] = box ? [box.x + 40, box.y + 12] : [640, 380];
  const frames = await framesDuring(page, async () => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    for (let step = 0; step < SECONDS * 40; step += 1) {
      await page.mouse.move(x + 60 * Math.sin(step / 9), y + 40 * Math.cos(step / 9));
      await page.waitForTimeout(16);
    }
    await page.mouse.up();
  });
  await page.keyboard.press("Control+z");
  return frames;
}

/** A run's progress at 20 Hz, as the server would send it, of a node that is on the screen. */
async function pretend(
  page: Page,
  socket: WebSocketRoute | undefined,
  name: string,
  count: number,
): Promise<void> {
  if (socket === undefined) throw new Error("the page does not listen to events");
  let id = 1_000_000_000;
  const run = `bench-${count}`;
  const send = (event: JsonObject): void => {
    id += 1;
    socket.send(JSON.stringify({ id, run, number: id, time: Date.now() / 1000, ...event }));
  };
  const node =
    count === 0
      ? "nothing"
      : ((await page.locator(".react-flow__node").first().getAttribute("data-id")) ?? "n0");
  send({ event: "RunQueued", name, batch: null });
  send({ event: "RunStarted", nodes: { [node]: "run" }, steps: 0, eta: null });
  for (let step = 0; step < SECONDS * HZ; step += 1) {
    send({ event: "Progress", node, done: step, total: SECONDS * HZ });
    await page.waitForTimeout(1000 / HZ);
  }
  send({ event: "RunDone", status: "cancelled", seconds: SECONDS, message: "" });
}

function table(rows: Row[]): string {
  const ms = (value: number | undefined): string => (value === undefined ? "–" : value.toFixed(0));
  const head =
    "| nodes | ready ms | paint ms | DOM near/far | pan p50/p95 near | far | drag p95 near | far | idle | 20 Hz |";
  const lines = rows.map((one) => {
    const cells = [
      one.nodes,
      ms(one.ready),
      ms(one.paint),
      `${one.near.canvas} / ${one.far.canvas}`,
      `${ms(one.near.pan.p50)} / ${ms(one.near.pan.p95)}`,
      `${ms(one.far.pan.p50)} / ${ms(one.far.pan.p95)}`,
      ms(one.near.drag?.p95),
      ms(one.far.drag?.p95),
      `${(one.idle * 100).toFixed(1)} %`,
      `${(one.progress * 100).toFixed(1)} %`,
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [head, head.replaceAll(/[^|]+/g, "---"), ...lines].join("\n");
}
