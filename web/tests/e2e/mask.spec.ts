/** Row 25: a mask is painted on the picture of a node. */
import { decodePng, encodePng } from "../../src/panels/files/png";
import { expect, test } from "../support/fixtures";
import { literal, uploaded } from "../support/runs";

const SIDE = 64;

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
  const digest = /uploads\/([0-9a-f]+)/.exec(file)?.[1];
  const answer = await fetch(new URL(`api/v1/artifacts/sha256:${digest}`, server.url), {
    headers: { Authorization: `Bearer ${server.token}` },
  });
  const found = await decodePng(new Uint8Array(await answer.arrayBuffer()));
  if (found === null) throw new Error("the upload has no transparency");
  const alpha = (x: number, y: number): number | undefined => found.pixels[(y * SIDE + x) * 4 + 3];
  expect(alpha(24, 16)).toBe(0);
  expect(alpha(32, 57)).toBe(255); // undone
  expect(alpha(60, 60)).toBe(255);
  const colours = (of: Uint8ClampedArray): number[] => [...of].filter((_, index) => index % 4 !== 3);
  expect(colours(found.pixels)).toEqual(colours(pixels));
});
