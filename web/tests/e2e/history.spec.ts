/** The history of a workflow, and back to an earlier state of it. */
import { dot } from "../support/documents";
import { expect, test } from "../support/fixtures";
import { kept, literal } from "../support/runs";

test("history: an earlier revision is restored; undo takes that back", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument(dot());
  const before = await kept(server, name);
  const field = page.locator("[data-node='mask'] [data-input='right'] input");
  await field.click();
  await field.fill("33");
  await field.press("Enter");
  await expect.poll(() => literal(server, name, "mask", "right")).toBe(33);

  await page.getByRole("button", { name: "History" }).click();
  const list = page.getByRole("list", { name: "revisions" });
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await expect(list.getByRole("listitem").first()).toContainText("Set mask.right");
  await list.getByRole("button").nth(1).click();
  await expect(page.getByRole("list", { name: "changed since" })).toContainText("mask.right");
  await page.getByRole("button", { name: "Restore revision 1" }).click();
  await expect.poll(() => kept(server, name)).toEqual(before);
  await page.getByRole("button", { name: /^Undo/ }).click();
  await expect.poll(() => literal(server, name, "mask", "right")).toBe(33);
});
