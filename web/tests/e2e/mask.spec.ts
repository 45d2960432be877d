/** Row 25: a mask is painted on the picture of a node. */
import { decodePng, encodePng } from "../../src/panels/files/png";
import { expectAccessible } from "../support/axe";
import { expect, test } from "../support/fixtures";
import { literal, uploaded } from "../support/runs";
import type { Server } from "../support/server";

const SIDE = 64;

/** The pixels of an upload with transparency. */
async function kept(server: Server, file: string) {
  const digest = /uploads\/([0-9a-f]+)/.exec(file)?.[1];
  const answer = await fetch(new URL(`api/v1/artifacts/sha256:${digest}`, server.url), {
    headers: { Authorization: `Bearer ${server.token}` },
  });
  const found = await decodePng(new Uint8Array(await answer.arrayBuffer()));
  if (found === null) throw new Error("the upload has no transparency");
  return found;
}

test("row 25: what is painted becomes transparency of the upload, with the colours under it kept", async ({
  page,
  server,
  openDocument,
}) => {
  const pixels = Uint8ClampedArray.from({ length: SIDE * SIDE * 4 }, (_, at) =>
    at % 4 === 3 ? 255 : (at * 5) % 251,
  );
  const input = await uploaded(server, await encodePng(pixels, SIDE, SIDE), "photo.png");
  const name = await openDocument({
    format: 1,
    nodes: { photo: { type: "image.load@1", inputs: { file: input } } },
    ui: { positions: { photo: [0, 0] } },
  });
  await page.locator("[data-node='photo']").getByRole("button", { name: "Mask" }).click();
  const layer = page.getByRole("img", { name: "the mask, painted with the pointer" });
  await expect(layer).toBeVisible();
  const box = await layer.boundingBox();
  if (box === null) throw new Error("there is no picture to paint on");
  const at = (x: number, y: number): [number, number] => [box.x + box.width * x, box.y + box.height * y];
  await page.mouse.move(...at(0.25, 0.25));
  await page.mouse.down();
  await page.mouse.move(...at(0.5, 0.25), { steps: 5 });
  await page.mouse.up();
  await page.mouse.move(...at(0.5, 0.9));
  await page.mouse.down();
  await page.mouse.up();
  await page.getByRole("button", { name: "Undo" }).last().click();
  await page.getByRole("button", { name: "Keep the mask" }).click();
  await expect.poll(() => literal(server, name, "photo", "file")).not.toBe(input);

  const file = String(await literal(server, name, "photo", "file"));
  const found = await kept(server, file);
  const alpha = (x: number, y: number): number | undefined => found.pixels[(y * SIDE + x) * 4 + 3];
  expect(alpha(24, 16)).toBe(0);
  expect(alpha(32, 57)).toBe(255); // undone
  expect(alpha(60, 60)).toBe(255);
  const colours = (of: Uint8ClampedArray): number[] => [...of].filter((_, index) => index % 4 !== 3);
  expect(colours(found.pixels)).toEqual(colours(pixels));
});

test("row 25: a mask is painted by keyboard alone: strokes, shapes, erasing, undo and redo, and it is told", async ({
  page,
  server,
  openDocument,
}) => {
  await page.addInitScript(() => {
    for (const kind of ["pointerdown", "mousedown", "touchstart"])
      addEventListener(kind, () => Object.assign(window, { pointed: true }), true);
  });
  const input = await uploaded(
    server,
    await encodePng(new Uint8ClampedArray(SIDE * SIDE * 4).fill(255), SIDE, SIDE),
    "white.png",
  );
  const name = await openDocument({
    format: 1,
    nodes: { photo: { type: "image.load@1", inputs: { file: input } } },
    ui: { positions: { photo: [0, 0] } },
  });
  await page.locator("[data-node='photo']").getByRole("button", { name: "Mask" }).press("Enter");
  const sheet = page.getByRole("application", { name: /^the sheet/ });
  const said = page.getByTestId("mask-said");
  await expect(sheet).toBeFocused();
  const press = async (...keys: string[]): Promise<void> => {
    for (const key of keys) await page.keyboard.press(key);
  };
  const right = (count: number): string[] => Array.from({ length: count }, () => "Alt+ArrowRight");
  const down = (count: number): string[] => Array.from({ length: count }, () => "Alt+ArrowDown");

  await press("Home", "PageUp", "Shift+ArrowDown", ...right(4)); // 4, 5
  await expect(said).toHaveText("4, 5, not masked");
  await page.keyboard.down(" "); // a stroke while Space is held
  await press("Shift+ArrowRight", "Shift+ArrowRight", "Shift+ArrowRight");
  await page.keyboard.up(" ");
  await expect(said).toContainText(/^Brush lifted, \d+ % masked$/);
  await expect(said).not.toContainText(" 0 %");

  await press("r", "Home", "PageUp", ...right(20), ...down(20), " ");
  await expect(said).toContainText("First corner at 20, 20");
  await press(...right(30), ...down(30), " ");
  await expect(said).toContainText("Rectangle of 30 by 30 painted");

  await press(
    "x",
    "e",
    "Home",
    "PageUp",
    ...right(30),
    ...down(30),
    "Enter",
    ...right(10),
    ...down(10),
    "Enter",
  );
  await expect(said).toContainText("Ellipse of 10 by 10 erased");
  await press("Control+z");
  await expect(said).toContainText("Undone");
  await press("Control+Shift+z");
  await expect(said).toContainText("Redone");

  await press("x", "b", "]", "[", "["); // another stroke, by Enter, and taken back
  await press("Home", "PageDown", "Enter", "Shift+ArrowRight", "Enter");
  await expect(said).toContainText("Brush lifted");
  await press("Control+z");

  await press("Shift+?");
  const keys = page.getByRole("region", { name: "keys of the mask" });
  await expect(keys).toContainText("Space, held");
  await expectAccessible(page, ".mask-editor");
  await press("Escape");
  await expect(keys).toHaveCount(0);
  await press("Escape"); // strokes are not lost by one key
  await expect(said).toContainText("Escape again leaves");
  await press("Control+Enter");
  await expect.poll(() => literal(server, name, "photo", "file")).not.toBe(input);
  expect(await page.evaluate(() => "pointed" in window)).toBe(false);

  const found = await kept(server, String(await literal(server, name, "photo", "file")));
  const alpha = (x: number, y: number): number | undefined => found.pixels[(y * SIDE + x) * 4 + 3];
  expect(alpha(4, 5)).toBe(0); // the stroke
  expect(alpha(15, 5)).toBe(0);
  expect(alpha(25, 5)).toBe(255);
  expect(alpha(22, 22)).toBe(0); // the rectangle
  expect(alpha(48, 48)).toBe(0);
  expect(alpha(35, 35)).toBe(255); // what was erased in it
  expect(alpha(30, 30)).toBe(0); // beside the ellipse, in its box
  expect(alpha(2, 62)).toBe(255); // undone
});
