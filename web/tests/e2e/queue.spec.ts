/** Row 9: the queue in the order that a person wants. */
import { dot } from "../support/documents";
import { expect, test } from "../support/fixtures";

test("row 9: a paused queue is put in another order, one run is cancelled, the rest goes on", async ({
  page,
  server,
  openDocument,
}) => {
  const name = await openDocument();
  await page.getByRole("button", { name: "Queue" }).first().click();
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Paused")).toBeVisible();
  const ids: string[] = [];
  for (const right of [40, 44, 48]) {
    const body = { workflow: { ...dot(), name }, set: { "mask.right": right } };
    ids.push((await server.ask<{ id: string }>("POST", "runs", body)).id);
  }
  const rows = page.getByRole("list", { name: "waiting" }).getByRole("listitem");
  await expect(rows).toHaveCount(3);
  const shown = (): Promise<(string | null)[]> =>
    rows.evaluateAll((all) => all.map((one) => one.getAttribute("data-run")));
  expect(await shown()).toEqual(ids);
  await page.getByRole("button", { name: "Move number 3 up" }).click();
  await expect.poll(shown).toEqual([ids[0], ids[2], ids[1]]);
  expect((await server.ask<{ order: string[] }>("GET", "queue")).order).toEqual([ids[0], ids[2], ids[1]]);

  await page.getByRole("button", { name: "Cancel number 1" }).click();
  await expect.poll(shown).toEqual([ids[2], ids[1]]);
  expect((await server.ask<{ status: string }>("GET", `runs/${ids[0]}`)).status).toBe("cancelled");

  await page.getByRole("button", { name: "Resume" }).click();
  await expect(rows).toHaveCount(0, { timeout: 50_000 });
  for (const id of ids.slice(1)) {
    await expect
      .poll(async () => (await server.ask<{ status: string }>("GET", `runs/${id}`)).status, {
        timeout: 50_000,
      })
      .toBe("done");
  }
});
