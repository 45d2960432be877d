/** Row 36: how long a run takes is told before it, from what runs took. */
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";

test("row 36: the time that is told before Run is about what such runs took", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(400_000);
  const document = (await example("text_to_image")) as { nodes: Record<string, { inputs: object }> };
  const schedule = document.nodes.schedule;
  const nodes = { ...document.nodes, schedule: { ...schedule, inputs: { ...schedule?.inputs, steps: 30 } } };
  const name = await openDocument({ ...document, nodes });
  const past = async (): Promise<{ status: string; seconds: number | null }[]> =>
    (await server.ask<{ runs: { status: string; seconds: number | null }[] }>("GET", `runs?name=${name}`))
      .runs;
  const run = async (): Promise<void> => {
    const before = (await past()).length;
    await page.getByRole("button", { name: "Run", exact: true }).click();
    const done = async (): Promise<boolean> => {
      const runs = await past();
      return runs.length > before && runs.every(({ status }) => status === "done");
    };
    await expect.poll(done, { timeout: 150_000 }).toBe(true);
  };
  await run(); // the first run warms up what is loaded once
  const change = async (seed: number): Promise<void> => {
    const edits = [
      { id: `seed-${seed}`, operations: [{ op: "set_input", node: "noise", input: "seed", value: seed }] },
    ];
    await server.ask("POST", `workflows/${name}/operations`, { client: "test", edits });
  };
  await change(21);
  await expect(page.locator(".plan")).toContainText("will run");
  await run();
  await change(22);
  const told = page.locator(".plan");
  await expect(told).toContainText("about");
  const [, text = "", unit = ""] =
    /about (?:< )?([\d.]+)\s*(s|min)/.exec((await told.textContent()) ?? "") ?? [];
  const seconds = Number(text) * ({ s: 1, min: 60 }[unit] ?? Number.NaN);
  const took = (await past()).map((one) => one.seconds ?? Number.NaN);
  expect(seconds).toBeGreaterThan(Math.min(...took) / 2); // how busy the machine is changes from run to run
  expect(seconds).toBeLessThan(Math.max(...took) * 1.5);
});
