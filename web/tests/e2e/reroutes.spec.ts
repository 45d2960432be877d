/** Row 32: a link is led around things by points that it passes; the graph, its plan and its file stay what they were. */
import type { Locator, Page } from "@playwright/test";
import { expectAccessible } from "../support/axe";
import { type Document, documentOf, dotRow, expectDocument, goFar, select, socket } from "../support/canvas";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";
import { longPress, sweep } from "../support/touch";

interface Point {
  id: string;
  source: string;
  links: string[];
  position: [number, number];
}

const pointsIn = (document: Document): Point[] =>
  (document.ui as { reroutes?: Point[] } | undefined)?.reroutes ?? [];
const part = (page: Page, link: string, at: number): Locator =>
  page.locator(`[data-link="${link}"][data-part="${at}"] .react-flow__edge-interaction`);
const dot = (page: Page, id: string): Locator => page.locator(`[data-reroute="${id}"]`);

/** One mask that two nodes read. */
function forked(): Document {
  const document = dotRow();
  document.nodes.second = { type: "mask.to_image@1", inputs: { mask: { from: "mask" } } };
  document.ui = { positions: { mask: [0, 0], picture: [420, 0], second: [420, 260], save: [760, 0] } };
  return document;
}

/** Where a link's part runs: a place in its middle, on the screen. */
async function middle(page: Page, link: string, at = 0): Promise<[number, number]> {
  const place = await part(page, link, at).evaluate((element: SVGPathElement) => {
    const point = element.getPointAtLength(element.getTotalLength() / 2);
    const screen = point.matrixTransform(element.getScreenCTM() as DOMMatrix);
    return [screen.x, screen.y] as [number, number];
  });
  return place;
}

async function points(server: Server, name: string): Promise<Point[]> {
  return pointsIn(await documentOf(server, name));
}

/** What a run would do, with the keys of all results. */
async function planOf(server: Server, name: string): Promise<unknown> {
  const { nodes } = await server.ask<{ nodes: Record<string, { key: string | null; status: string }> }>(
    "POST",
    "plan",
    { workflow: await documentOf(server, name) },
  );
  return Object.entries(nodes).map(([node, { key, status }]) => [node, key, status]);
}

const MASK = "picture.i:mask";
const OTHER = "second.i:mask";

test("row 32: a reroute is added, moved, undone and branched; the topology stays", async ({
  page,
  openDocument,
  server,
}) => {
  const name = await openDocument(forked());
  const before = await documentOf(server, name);
  const plan = await planOf(server, name);
  const exported = await server.ask<Document>("GET", `workflows/${name}/export`);

  // add: a double click where it is to be
  const [x, y] = await middle(page, MASK);
  await page.mouse.dblclick(x, y);
  await expect
    .poll(async () => (await points(server, name)).map((one) => one.links))
    .toEqual([["picture.inputs.mask"]]);
  const [made] = await points(server, name);
  if (made === undefined) throw new Error("no reroute was made");
  await expect(dot(page, made.id)).toHaveAttribute("data-selected", "true");
  const box = await dot(page, made.id).boundingBox();
  expect(
    Math.hypot((box?.x ?? 0) + (box?.width ?? 0) / 2 - x, (box?.y ?? 0) + (box?.height ?? 0) / 2 - y),
  ).toBeLessThan(12);

  // move: one edit, on the grid; the link follows
  await drag(page, dot(page, made.id), 20, 120);
  await expect
    .poll(async () => (await points(server, name))[0]?.position[1] ?? 0)
    .toBeGreaterThan(made.position[1] + 60);
  const [moved] = await points(server, name);
  expect((moved?.position ?? []).map((one) => Math.abs(one % 5))).toEqual([0, 0]);
  const { revision } = await head(server, name);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await points(server, name))[0]?.position).toEqual(made.position);
  expect((await head(server, name)).revision).toBe(revision + 1); // the whole drag was one step
  await page.keyboard.press("Control+Shift+z");
  await expect.poll(async () => (await points(server, name))[0]?.position).toEqual(moved?.position);

  // a second one, on the part behind it; facts of the link are told on both parts
  const [x2, y2] = await middle(page, MASK, 1);
  await page.mouse.move(x2, y2);
  await expect(page.getByRole("tooltip")).toContainText("Mask → Picture");
  await page.mouse.dblclick(x2, y2);
  await expect.poll(async () => (await points(server, name)).length).toBe(2);

  // branch: from the ring beside the first point to another node's socket
  await page.keyboard.press("Escape");
  await page.getByTestId("canvas").press("Escape");
  await server.ask("POST", `workflows/${name}/operations`, {
    client: "e2e",
    edits: [{ id: "1", operations: [{ op: "unlink", node: "second", input: "mask" }] }],
  });
  await expect(page.locator(`[data-link="${OTHER}"]`)).toHaveCount(0);
  await dot(page, made.id).hover();
  const ring = await dot(page, made.id).locator(".reroute-branch").boundingBox();
  const target = await socket(page, "second", "i:mask").boundingBox();
  if (ring === null || target === null) throw new Error("a socket is not on the screen");
  await page.mouse.move(ring.x + ring.width / 2, ring.y + ring.height / 2);
  await page.mouse.down();
  await page.mouse.move(target.x + target.width / 2, target.y + target.height / 2, { steps: 8 });
  await page.mouse.up();
  await expect
    .poll(async () => (await points(server, name)).map((one) => one.links))
    .toEqual([["picture.inputs.mask", "second.inputs.mask"], ["picture.inputs.mask"]]);
  await expect(page.locator(`[data-link="${OTHER}"]`)).toHaveCount(2);
  await expectDocument(server, name, (one) => one.nodes.second?.inputs?.mask, { from: "mask" });

  // reload: all is as it was left
  const kept = await points(server, name);
  await page.reload();
  await expect(page.locator("[data-reroute]")).toHaveCount(2);
  await expect(page.locator(`[data-link="${MASK}"]`)).toHaveCount(3);
  await expect(page.locator(`[data-link="${OTHER}"]`)).toHaveCount(2);
  expect(await points(server, name)).toEqual(kept);

  // the same topology: nodes, what would run and under which keys, what is in the file
  expect((await documentOf(server, name)).nodes).toEqual(before.nodes);
  expect(await planOf(server, name)).toEqual(plan);
  const again = await server.ask<Document>("GET", `workflows/${name}/export`);
  expect(again.nodes).toEqual(exported.nodes);
  expect(pointsIn(again)).toEqual(kept);

  // delete: the branch's point goes, its links stay
  await dot(page, made.id).click({ position: { x: 10, y: 10 } });
  await expect(dot(page, made.id)).toHaveAttribute("data-selected", "true");
  await page.keyboard.press("Delete");
  await expect
    .poll(async () => (await points(server, name)).map((one) => one.links))
    .toEqual([["picture.inputs.mask"]]);
  expect((await documentOf(server, name)).nodes).toEqual(before.nodes);
});

test("row 32: by keyboard alone: from the list of links, moved by arrows, shared, taken out", async ({
  page,
  openDocument,
  server,
}) => {
  const name = await openDocument(forked());
  await select(page, "picture");
  await page.keyboard.press("l");
  await page.getByRole("option", { name: /^mask ←/ }).click();
  await page.getByRole("combobox").fill("add a reroute");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await points(server, name)).length).toBe(1);
  const [made] = await points(server, name);
  if (made === undefined) throw new Error("no reroute was made");
  const id = `reroute:${made.id}`;
  await expect(page.locator(`.react-flow__node[data-id="${id}"]`)).toBeFocused();
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Shift+ArrowRight");
  await expect
    .poll(async () => (await points(server, name))[0]?.position)
    .toEqual([made.position[0] + 20, made.position[1] + 40]);

  // the other link of the same output shares it
  await select(page, "second");
  await page.keyboard.press("l");
  await page.getByRole("option", { name: /^mask ←/ }).click();
  await page.getByRole("combobox").fill("lead it through");
  await page.keyboard.press("Enter");
  await expect
    .poll(async () => (await points(server, name))[0]?.links)
    .toEqual(["picture.inputs.mask", "second.inputs.mask"]);
  await expect(page.locator(`.react-flow__node[data-id="${id}"]`)).toBeFocused();
  await expectAccessible(page, ".canvas");

  // back to it by the list, and away with it
  await select(page, "picture");
  await page.keyboard.press("l");
  await page.getByRole("option", { name: /^mask ←/ }).click();
  await page.getByRole("combobox").fill("go to reroute");
  await page.keyboard.press("Enter");
  await expect(page.locator(`.react-flow__node[data-id="${id}"]`)).toBeFocused();
  await page.keyboard.press("Delete");
  await expect(page.locator("[data-reroute]")).toHaveCount(0);
  await expect.poll(async () => (await points(server, name)).length).toBe(0);
  await page.keyboard.press("Control+z");
  await expect(page.locator("[data-reroute]")).toHaveCount(1);
});

test("row 32: points move with what they lie between, are copied with it, and tidying up takes them out", async ({
  page,
  openDocument,
  server,
}) => {
  const document = forked();
  document.ui = {
    ...document.ui,
    reroutes: [
      {
        id: "shared",
        source: "mask",
        links: ["picture.inputs.mask", "second.inputs.mask"],
        position: [320, 200],
      },
      { id: "own", source: "picture", links: ["save.inputs.image"], position: [700, 160] },
    ],
  } as NonNullable<Document["ui"]>;
  const name = await openDocument(document);
  await expect(page.locator("[data-reroute]")).toHaveCount(2);
  for (const link of [MASK, OTHER, "save.i:image"])
    await expect(page.locator(`[data-link="${link}"]`)).toHaveCount(2);

  // with both its ends
  await select(page, "picture", "save");
  await page.keyboard.press("Shift+ArrowDown");
  await expect
    .poll(async () => (await points(server, name)).map((one) => one.position))
    .toEqual([
      [320, 200],
      [700, 180],
    ]);

  // copied with the links among what is copied
  await page.keyboard.press("Control+d");
  await expect.poll(async () => (await points(server, name)).length).toBe(3);
  const copy = (await points(server, name))[2];
  expect([copy?.source, copy?.links]).toEqual(["picture_2", ["save_2.inputs.image"]]);
  await page.keyboard.press("Control+z");
  await expect.poll(async () => (await points(server, name)).length).toBe(2);

  // with a link that goes, and back with it
  const whole = await documentOf(server, name);
  await page.keyboard.press("Escape");
  await select(page, "second");
  await page.keyboard.press("Delete");
  await expect
    .poll(async () => (await points(server, name)).map((one) => one.links))
    .toEqual([["picture.inputs.mask"], ["save.inputs.image"]]);
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, (one) => one, whole);

  // from far away it is painted; tidied up, links are straight; undo brings all back
  await goFar(page);
  await page.keyboard.press("f");
  await page.keyboard.press("Shift+T");
  await expect.poll(async () => (await points(server, name)).length).toBe(0);
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, (one) => one, whole);
});

/** Drag something by its middle, in steps. */
async function drag(page: Page, what: Locator, dx: number, dy: number): Promise<void> {
  const box = await what.boundingBox();
  if (box === null) throw new Error("what is to be dragged is not on the screen");
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps: 8 });
  await page.mouse.up();
}

async function head(server: Server, name: string): Promise<{ revision: number }> {
  const { workflows } = await server.ask<{ workflows: { name: string; revision: number }[] }>(
    "GET",
    "workflows",
  );
  return { revision: workflows.find((one) => one.name === name)?.revision ?? 0 };
}

test("row 32: the menu of a link adds a reroute, leads a link through one, and deletes the link alone", async ({
  page,
  openDocument,
  server,
}) => {
  const name = await openDocument(forked());
  const at = async (link: string, of = 0): Promise<void> => {
    const [x, y] = await middle(page, link, of);
    await page.mouse.click(x, y, { button: "right" });
  };
  await at(MASK);
  await page.getByRole("menuitem", { name: "Add a reroute to the link" }).click();
  await expect(page.locator("[data-reroute]")).toHaveAttribute("data-selected", "true");
  await at(OTHER);
  await page.getByRole("menuitem", { name: "Lead the link through the selected reroute" }).click();
  await expect
    .poll(async () => (await points(server, name))[0]?.links)
    .toEqual(["picture.inputs.mask", "second.inputs.mask"]);
  await at(OTHER, 1);
  await page.getByRole("menuitem", { name: "Delete" }).click();
  await expect.poll(async () => (await points(server, name))[0]?.links).toEqual(["picture.inputs.mask"]);
  await expectDocument(server, name, ({ nodes }) => nodes.second?.inputs?.mask ?? null, null);
  await at(MASK, 1);
  await page.getByRole("menuitem", { name: "Take all reroutes out of the link" }).click();
  await expect(page.locator("[data-reroute]")).toHaveCount(0);
  await expect.poll(async () => (await points(server, name)).length).toBe(0);
  await expectDocument(server, name, ({ nodes }) => nodes.picture?.inputs?.mask, { from: "mask" });
});

test("row 32: a reroute is of the link that it was put on, in a subgraph too", async ({
  page,
  openDocument,
  server,
}) => {
  const document = forked();
  document.ui = {
    ...document.ui,
    reroutes: [
      {
        id: "in",
        source: "mask",
        links: ["picture.inputs.mask", "second.inputs.mask"],
        position: [320, 200],
      },
      { id: "out", source: "picture", links: ["save.inputs.image"], position: [700, 160] },
    ],
  } as NonNullable<Document["ui"]>;
  const name = await openDocument(document);
  const before = await documentOf(server, name);
  await select(page, "mask", "picture");
  await page.keyboard.press("Control+Shift+g");
  await expectDocument(server, name, ({ nodes }) => Object.keys(nodes).sort(), [
    "save",
    "second",
    "subgraph",
  ]);
  expect((await points(server, name)).map(({ source, links }) => [source, links])).toEqual([
    ["subgraph.out_2", ["second.inputs.mask"]],
    ["subgraph.out", ["save.inputs.image"]],
  ]);
  await page.keyboard.press("Control+Shift+u");
  await expectDocument(server, name, ({ nodes }) => nodes, before.nodes);
  const back = await points(server, name);
  for (const { id, source, links, position } of pointsIn(before)) {
    const found = back.filter((one) => one.source === source && one.links.some((end) => links.includes(end)));
    expect(found.flatMap((one) => one.links).sort(), id).toEqual([...links].sort());
    expect(found.map((one) => one.position)).toEqual(found.map(() => position));
  }
});

test.describe("by finger", () => {
  test.use({ hasTouch: true });

  test("row 32: a finger that stays on a link has its menu, and puts a reroute there", async ({
    page,
    openDocument,
    server,
  }) => {
    const name = await openDocument(forked());
    const [x, y] = await middle(page, MASK);
    await longPress(page, x, y);
    await page.getByRole("menuitem", { name: "Add a reroute to the link" }).tap();
    await expect
      .poll(async () => (await points(server, name)).map((one) => one.links))
      .toEqual([["picture.inputs.mask"]]);
    const [made] = await points(server, name);
    const box = await dot(page, made?.id ?? "").boundingBox();
    const from = { x: (box?.x ?? 0) + 10, y: (box?.y ?? 0) + 10 };
    await sweep(page, [from], [{ x: from.x + 40, y: from.y + 100 }]);
    await expect
      .poll(async () => (await points(server, name))[0]?.position[1] ?? 0)
      .toBeGreaterThan((made?.position[1] ?? 0) + 60);
  });
});
