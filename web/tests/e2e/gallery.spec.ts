/** Row 11: pictures in large, and what they were made with taken over. */
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";
import { kept, literal, ran } from "../support/runs";

test("row 11: the gallery opens a picture in large, arrows turn, its seed, prompt and picture go into the graph", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(400_000);
  const document = await example("text_to_image");
  const name = await openDocument(document);
  const few = { "schedule.steps": 2 };
  await ran(server, { ...document, name }, { ...few, "noise.seed": 11 });
  await ran(server, { ...document, name }, { ...few, "noise.seed": 12, "positive.text": "a green star" });

  await page.getByRole("button", { name: "Gallery" }).click();
  await page.getByRole("button", { name: "This workflow" }).click();
  const pictures = page.locator(".gallery button");
  await expect(pictures).toHaveCount(2);
  await pictures.first().click();
  const large = page.locator(".lightbox-stage img");
  await expect(large).toBeVisible();
  const first = await large.getAttribute("src");
  await page.keyboard.press("ArrowRight");
  await expect(large).not.toHaveAttribute("src", first ?? "");
  await page.keyboard.press("ArrowLeft");
  await expect(large).toHaveAttribute("src", first ?? "");

  await page.getByRole("button", { name: "Use its seed" }).click();
  await expect.poll(() => literal(server, name, "noise", "seed")).toBe(12);
  expect(await literal(server, name, "schedule", "steps")).toBe(20);
  await page.getByRole("button", { name: "Use its prompt" }).click();
  await expect.poll(() => literal(server, name, "positive", "text")).toBe("a green star");
  await page.getByRole("button", { name: "Use all its settings" }).click();
  await expect.poll(() => literal(server, name, "schedule", "steps")).toBe(2);

  await page.keyboard.press("s");
  await expect(page.getByRole("button", { name: "Favourite", exact: true })).toHaveAttribute(
    "aria-pressed",
    "true",
  );
  await page.getByRole("button", { name: "Send to a node" }).click();
  await expect(page.locator(".react-flow__node [data-type='image.load']")).toBeVisible();
  const { nodes } = await kept(server, name);
  const made = Object.values(nodes).find((one) => one.type.startsWith("image.load"));
  expect(String(made?.inputs?.file)).toMatch(/^uploads\//);
});
