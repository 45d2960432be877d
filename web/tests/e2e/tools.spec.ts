/** The editing tools: what a person does to a graph with them, and that the document says so. */
import { card, documentOf, dotRow, dragBy, expectDocument, select, socket, zoomOf } from "../support/canvas";
import { example } from "../support/documents";
import { expect, signIn, test } from "../support/fixtures";

test("row 2: sockets that do not fit fade while a link is drawn, and take none", async ({
  page,
  server,
  openDocument,
}) => {
  const document = dotRow();
  const name = await openDocument({
    ...document,
    nodes: { ...document.nodes, other: { type: "mask.to_image@1" } },
    ui: { positions: { ...document.ui?.positions, other: [320, 300] } },
  });
  const from = await socket(page, "mask", "o:out").boundingBox();
  const bad = await socket(page, "save", "i:image").boundingBox();
  const good = await socket(page, "other", "i:mask").boundingBox();
  if (!from || !bad || !good) throw new Error("a socket is not on the screen");
  await page.mouse.move(from.x + 7, from.y + 7);
  await page.mouse.down();
  await page.mouse.move(bad.x + 7, bad.y + 7, { steps: 8 });
  await expect(socket(page, "save", "i:image")).toHaveAttribute("data-fit", "no");
  await expect(socket(page, "other", "i:mask")).toHaveAttribute("data-fit", "yes");
  await page.mouse.up();
  await expect(socket(page, "save", "i:image")).toHaveAttribute("data-fit", "idle");
  await page.mouse.move(from.x + 7, from.y + 7);
  await page.mouse.down();
  await page.mouse.move(good.x + 7, good.y + 7, { steps: 8 });
  await page.mouse.up();
  await expectDocument(server, name, (one) => one.nodes.other?.inputs?.mask, { from: "mask" });
  expect((await documentOf(server, name)).nodes.save?.inputs?.image).toEqual({ from: "picture" });
});

test("row 6: a link dropped on empty canvas opens a search of what fits; Enter links it", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const from = await socket(page, "mask", "o:out").boundingBox();
  if (!from) throw new Error("the socket is not on the screen");
  await page.mouse.move(from.x + 7, from.y + 7);
  await page.mouse.down();
  await page.mouse.move(from.x + 60, from.y + 330, { steps: 8 });
  await page.mouse.up();
  const search = page.getByRole("dialog", { name: "Add a node" });
  await expect(search).toBeVisible();
  const rows = search.locator("[cmdk-item]");
  await expect(rows.first()).toBeVisible();
  await expect(search.locator('[cmdk-item][data-value="image.save"]')).toHaveCount(0);
  await page.keyboard.type("invert");
  await expect(rows.first()).toContainText("mask.invert");
  await page.keyboard.press("Enter");
  await expectDocument(server, name, (one) => one.nodes.invert?.inputs, { mask: { from: "mask" } });
});

test("row 7: nodes are found by name, by what they are for, by paper; strewn letters too", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const first = page.getByRole("dialog", { name: "Add a node" }).locator("[cmdk-item]").first();
  await page.mouse.move(500, 560);
  for (const [query, found] of [
    ["cfg", "guidance.cfg"],
    ["gcfg", "guidance.cfg"],
    ["Ho Salimans", "guidance.cfg"],
    ["classifier free", "guidance.cfg"],
    ["decode", "vae.decode"],
  ] as const) {
    await page.keyboard.press("Space");
    await expect(page.getByRole("dialog", { name: "Add a node" }).getByRole("combobox")).toBeFocused();
    await page.keyboard.type(query);
    await expect(first).toContainText(found);
    await page.keyboard.press("Escape");
  }
  await page.keyboard.press("Space");
  await expect(page.getByRole("dialog", { name: "Add a node" }).getByRole("combobox")).toBeFocused();
  await page.keyboard.type("classifier");
  await expect(first).toContainText("guidance.cfg");
  await page.keyboard.press("Enter");
  await expectDocument(server, name, (one) => one.nodes.cfg?.type, "guidance.cfg@1");
});

test("row 17: nodes are copied with their links: here, and into another tab", async ({
  page,
  server,
  openDocument,
}) => {
  const other = await openDocument({ ...dotRow(), nodes: { mask: { type: "mask.ellipse@1" } } });
  const name = await openDocument(dotRow());
  await select(page, "picture", "save");
  await page.keyboard.press("Control+c");
  await page.mouse.move(400, 600);
  await page.keyboard.press("Control+v");
  await expectDocument(server, name, (one) => one.nodes.save_2?.inputs?.image, { from: "picture_2" });
  const after = await documentOf(server, name);
  expect(after.nodes.picture_2?.inputs?.mask).toEqual({ from: "mask" });
  expect(Object.keys(after.nodes)).toHaveLength(5);
  await expect(card(page, "picture_2")).toHaveAttribute("data-selected", "true");

  const second = await page.context().newPage();
  await signIn(second.context(), server);
  await second.goto(`${server.url}#/${other}`);
  await expect(card(second, "mask")).toBeVisible();
  await second.mouse.move(400, 500);
  await second.keyboard.press("Control+v");
  await expectDocument(server, other, (one) => one.nodes.save?.inputs?.image, { from: "picture" });
  const pasted = await documentOf(server, other);
  expect(Object.keys(pasted.nodes)).toEqual(["mask", "picture", "save"]);
  expect(pasted.nodes.picture?.inputs?.mask).toBeUndefined(); // `mask` is another node there

  await page.bringToFront();
  await select(page, "mask");
  await page.keyboard.press("Control+d");
  await expectDocument(server, name, (one) => one.nodes.mask_2?.inputs?.width, 64);
  await page.keyboard.press("Control+x");
  await expectDocument(server, name, (one) => Object.keys(one.nodes).includes("mask_2"), false);
  await page.keyboard.press("Control+v");
  await expectDocument(server, name, (one) => one.nodes.mask_2?.inputs?.width, 64);
});

test("row 18: a group moves what is in it, equally; so does a loop", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  await select(page, "mask", "picture");
  await page.keyboard.press("Control+g");
  const head = page.locator(".group-head").first();
  await expect(head).toBeVisible();
  const before = await documentOf(server, name);
  await page.keyboard.press("Escape");
  const box = await head.boundingBox();
  if (!box) throw new Error("the group has no head");
  await page.mouse.move(box.x + box.width - 20, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width + 40, box.y + 88, { steps: 6 });
  await page.mouse.up();
  const shift = async (node: string): Promise<number[]> => {
    const now = (await documentOf(server, name)).ui?.positions?.[node] ?? [0, 0];
    const was = before.ui?.positions?.[node] ?? [0, 0];
    return [now[0] - was[0], now[1] - was[1]];
  };
  await expect.poll(async () => (await shift("mask"))[1]).toBeGreaterThan(20);
  expect(await shift("picture")).toEqual(await shift("mask"));
  expect(await shift("save")).toEqual([0, 0]);
});

test("row 18: a node dragged into a loop is part of it, dragged out it is not", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument({
    format: 1,
    nodes: {
      steps: { type: "flow.loop@1", inputs: {} },
      inner: { type: "mask.ellipse@1", in: "steps" },
      anchor: { type: "mask.ellipse@1", in: "steps" },
      free: { type: "mask.to_image@1" },
    },
    ui: { positions: { steps: [0, 0], inner: [0, 0], anchor: [300, 0], free: [900, 40] } },
  });
  const zoom = await zoomOf(page);
  await dragBy(page, card(page, "free").locator(".card-head"), -700 * zoom, 0);
  await expectDocument(server, name, (one) => one.nodes.free?.in, "steps");
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, (one) => one.nodes.free?.in, undefined);
  await dragBy(page, card(page, "inner").locator(".card-head"), 0, 620 * zoom);
  await expectDocument(server, name, (one) => one.nodes.inner?.in, undefined);
  expect((await documentOf(server, name)).nodes.anchor?.in).toBe("steps");
});

test("row 20: a muted or bypassed node is left out of the run", async ({ page, server, openDocument }) => {
  test.setTimeout(240_000);
  const document = dotRow();
  const name = await openDocument({
    ...document,
    nodes: {
      ...document.nodes,
      invert: { type: "mask.invert@1", inputs: { mask: { from: "mask" } } },
      picture: { type: "mask.to_image@1", inputs: { mask: { from: "invert" } } },
    },
    ui: { positions: { ...document.ui?.positions, invert: [160, 320] } },
  });
  await select(page, "invert");
  await page.keyboard.press("Control+b");
  await expect(card(page, "invert")).toHaveAttribute("data-mode", "bypass");
  await page.keyboard.press("Control+Enter");
  const nodes = await runOf(server, name, 0);
  expect(nodes.invert?.status).toBe("skipped");
  expect(nodes.save?.status).toBe("ran");
  await page.keyboard.press("Control+b");
  await page.keyboard.press("m");
  await expect(card(page, "invert")).toHaveAttribute("data-mode", "mute");
  await expect(card(page, "save").locator(".badge")).toHaveText("skipped");
});

test("row 21: run to here runs what leads there, and nothing else", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(240_000);
  const document = dotRow();
  document.nodes.mask = {
    type: "mask.ellipse@1",
    inputs: { width: 80, height: 80, left: 9, top: 9, right: 71, bottom: 71 },
  }; // not cached yet
  const name = await openDocument(document);
  await select(page, "picture");
  await page.keyboard.press("Control+Shift+Enter");
  const nodes = await runOf(server, name, 0);
  expect(nodes.mask?.status).toBe("ran");
  expect(nodes.picture?.status).toBe("ran");
  expect(nodes.save?.status).toBe("skipped");
});

test("row 22: a frozen result stays, and nothing above it runs", async ({ page, server, openDocument }) => {
  test.setTimeout(240_000);
  const document = dotRow();
  (document.nodes.mask as { inputs: object }).inputs = {
    width: 72,
    height: 72,
    left: 9,
    top: 9,
    right: 60,
    bottom: 60,
  };
  const name = await openDocument(document);
  await page.keyboard.press("Control+Enter");
  await runOf(server, name, 0);
  await expect(card(page, "picture").locator(".badge")).toHaveText("cached");
  await select(page, "picture");
  await page.keyboard.press("Shift+F");
  await expect(card(page, "picture")).toHaveAttribute("data-mode", "frozen");
  await card(page, "mask").getByRole("spinbutton", { name: "left" }).focus();
  await page.keyboard.press("ArrowUp");
  await expectDocument(server, name, (one) => one.nodes.mask?.inputs?.left !== 9, true);
  await expect(card(page, "mask").locator(".badge")).toHaveText("skipped");
  await select(page, "picture");
  await page.keyboard.press("Shift+F");
  await expect(card(page, "picture")).toHaveAttribute("data-mode", "normal");
  await expect(card(page, "mask").locator(".badge")).toHaveText("will run");
});

test("row 30: tidying up leaves no overlaps, and is undone as one", async ({
  page,
  server,
  openDocument,
}) => {
  const document = (await example("text_to_image")) as unknown as ReturnType<typeof dotRow>;
  const positions = Object.fromEntries(
    Object.keys(document.nodes).map((id, at) => [id, [(at * 37) % 200, (at * 53) % 160] as [number, number]]),
  );
  const name = await openDocument({ ...document, ui: { positions } });
  await page.keyboard.press("Shift+T");
  await expect.poll(async () => (await documentOf(server, name)).ui?.positions).not.toEqual(positions);
  const boxes = await page.locator(".react-flow__node-card").evaluateAll((all) =>
    all.map((one) => {
      const { left, top, right, bottom } = one.getBoundingClientRect();
      return { left, top, right, bottom };
    }),
  );
  for (const [at, a] of boxes.entries())
    for (const b of boxes.slice(at + 1))
      expect(a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).toBe(false);
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, (one) => one.ui?.positions, positions);
});

test("row 31: nodes line up and space out by command", async ({ page, server, openDocument }) => {
  const document = dotRow();
  const name = await openDocument({
    ...document,
    ui: { positions: { mask: [0, 0], picture: [330, 70], save: [700, 13] } },
  });
  await select(page, "mask", "picture", "save");
  await page.keyboard.press("Alt+w");
  const ys = (): Promise<unknown> =>
    documentOf(server, name).then((one) => Object.values(one.ui?.positions ?? {}).map(([, y]) => y));
  await expect.poll(ys).toEqual([0, 0, 0]);
  await page.keyboard.press("Alt+Shift+h");
  await expect
    .poll(async () => {
      const { mask, picture, save } = (await documentOf(server, name)).ui?.positions ?? {};
      const box = async (id: string): Promise<number> => (await card(page, id).boundingBox())?.width ?? 0;
      const zoom = await zoomOf(page);
      const [a, b] = [(await box("mask")) / zoom, (await box("picture")) / zoom];
      return Math.round(
        (picture?.[0] ?? 0) - (mask?.[0] ?? 0) - a - ((save?.[0] ?? 0) - (picture?.[0] ?? 0) - b),
      );
    })
    .toBeCloseTo(0, 0);
});

test("row 31: what is dragged snaps to guides", async ({ page, server, openDocument }) => {
  const name = await openDocument({
    ...dotRow(),
    ui: { positions: { mask: [0, 0], picture: [330, 0], save: [700, 203] } },
  });
  const zoom = await zoomOf(page);
  const head = await card(page, "save").locator(".card-head").boundingBox();
  if (!head) throw new Error("the card is not on the screen");
  await page.mouse.move(head.x + 60, head.y + 14);
  await page.mouse.down();
  await page.mouse.move(head.x + 60, head.y + 14 - 199 * zoom, { steps: 12 }); // nearly level with the others
  await expect(page.locator('[data-guide="y"]')).toHaveCount(1);
  await page.mouse.up();
  await expect(page.locator("[data-guide]")).toHaveCount(0);
  await expectDocument(server, name, (one) => one.ui?.positions?.save?.[1], 0);
});

test("row 39: a widget becomes an input socket, and a widget again", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  const field = card(page, "mask").getByRole("spinbutton", { name: "left" });
  await field.focus();
  await page.keyboard.press("Alt+i");
  await expect(field).toHaveCount(0);
  await expect(socket(page, "mask", "i:left")).toBeVisible();
  await expectDocument(server, name, (one) => one.ui?.nodes?.mask?.sockets, ["left"]);
  await card(page, "mask").locator('[data-input="left"] .socket-label.left').click({ button: "right" });
  await page.getByRole("menuitem", { name: "Widget to socket, and back" }).click();
  await expect(field).toBeVisible();
});

test("row 40: one field is edited on many nodes at once, in one step", async ({
  page,
  server,
  openDocument,
}) => {
  const ellipse = (left: number) => ({ type: "mask.ellipse@1", inputs: { left } });
  const name = await openDocument({
    format: 1,
    nodes: { one: ellipse(1), two: ellipse(2), three: ellipse(3) },
    ui: { positions: { one: [0, 0], two: [300, 0], three: [600, 0] } },
  });
  await select(page, "one", "two", "three");
  await page.getByRole("button", { name: "Selection" }).click();
  const field = page.locator('.selection-field[data-input="left"]');
  await expect(field).toHaveAttribute("data-equal", "false");
  await field.getByRole("spinbutton").fill("20");
  await page.keyboard.press("Enter");
  const lefts = (one: Awaited<ReturnType<typeof documentOf>>): unknown[] =>
    Object.values(one.nodes).map((body) => body.inputs?.left);
  await expectDocument(server, name, lefts, [20, 20, 20]);
  await expect(field).toHaveAttribute("data-equal", "true");
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 500 } });
  await page.keyboard.press("Control+z");
  await expectDocument(server, name, lefts, [1, 2, 3]);
});

test("row 41: a node folds to its head, and 2 000 nodes seen from afar need few elements", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dotRow());
  await select(page, "mask");
  const tall = (await card(page, "mask").boundingBox())?.height ?? 0;
  await page.keyboard.press("c");
  await expectDocument(server, name, (one) => one.ui?.nodes?.mask?.collapsed, true);
  expect((await card(page, "mask").boundingBox())?.height ?? tall).toBeLessThan(tall / 3);
  await expect(socket(page, "mask", "o:out")).toBeVisible();
  await page.keyboard.press("c");
  await expectDocument(server, name, (one) => one.ui?.nodes?.mask?.collapsed, undefined);

  const many = Array.from({ length: 2000 }, (_, at) => `n${at}`);
  await server.ask(
    "PUT",
    `workflows/${name}-many`,
    {
      format: 1,
      nodes: Object.fromEntries(many.map((id) => [id, { type: "mask.ellipse@1", inputs: {} }])),
      ui: {
        positions: Object.fromEntries(
          many.map((id, at) => [id, [(at % 50) * 300, Math.floor(at / 50) * 340]]),
        ),
      },
    },
    { "If-None-Match": "*" },
  );
  await page.goto("about:blank");
  await page.goto(`${server.url}#/${name}-many`);
  await expect(page.locator('.canvas[data-far="true"]')).toBeVisible();
  await expect
    .poll(() => page.locator(".react-flow").evaluate((element) => element.querySelectorAll("*").length))
    .toBeLessThan(100);
});

test("row 42: each tab has its own undo", async ({ page, server, openDocument }) => {
  const first = await openDocument(dotRow());
  const second = await openDocument(dotRow());
  const left = card(page, "mask").getByRole("spinbutton", { name: "left" });
  const nudge = async (name: string): Promise<void> => {
    await left.focus();
    await page.keyboard.press("ArrowUp");
    await expectDocument(server, name, (one) => one.nodes.mask?.inputs?.left, 9);
  };
  await nudge(second);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Alt+PageUp");
  await expect(page.locator('.tab[data-current="true"]')).toContainText(first.replaceAll("_", " "));
  await nudge(first);
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 500 } });
  await page.keyboard.press("Control+z");
  await expectDocument(server, first, (one) => one.nodes.mask?.inputs?.left, 8);
  expect((await documentOf(server, second)).nodes.mask?.inputs?.left).toBe(9);
  await page.keyboard.press("Alt+PageDown");
  await expect(page.locator('.tab[data-current="true"]')).toContainText(second.replaceAll("_", " "));
  await expect(left).toHaveValue("9");
  await page.locator(".react-flow__pane").click({ position: { x: 500, y: 500 } });
  await page.keyboard.press("Control+z");
  await expectDocument(server, second, (one) => one.nodes.mask?.inputs?.left, 8);
});

interface RunAnswer {
  id: string;
  status: string;
  nodes: Record<string, { status: string }>;
}

/** The nodes of the newest run of a workflow, once it has ended. */
async function runOf(
  server: import("../support/server").Server,
  name: string,
  at: number,
): Promise<RunAnswer["nodes"]> {
  let id = "";
  await expect
    .poll(
      async () => {
        const { runs } = await server.ask<{ runs: RunAnswer[] }>("GET", `runs?name=${name}`);
        id = runs[at]?.id ?? "";
        return runs[at]?.status;
      },
      { timeout: 120_000 },
    )
    .toBe("done");
  return (await server.ask<RunAnswer>("GET", `runs/${id}`)).nodes;
}

test("row 23: a template with wildcards shows what its seed gives, as the run makes it", async ({
  page,
  openDocument,
}) => {
  await openDocument({
    format: 1,
    nodes: {
      words: {
        type: "text.wildcard@1",
        inputs: { template: "a {red|green|blue|white} {circle|square|star} on {black|gray}", seed: 1 },
      },
    },
    ui: { positions: { words: [0, 0] } },
  });
  const preview = card(page, "words").locator(".text-preview");
  await expect(preview).toHaveText("24 variants · a green square on gray"); // tests/nodes/test_strings.py has the same
  await card(page, "words").getByRole("textbox", { name: "template" }).fill("a {red|green");
  await expect(preview).toHaveText("the '{' at character 3 has no '}'");
});
