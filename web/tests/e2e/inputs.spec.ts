/** Inputs: as a widget or a socket, of many nodes at once, and a template that shows what it gives. */
import { card, type documentOf, dotRow, expectDocument, select, socket } from "../support/canvas";
import { expect, test } from "../support/fixtures";

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
