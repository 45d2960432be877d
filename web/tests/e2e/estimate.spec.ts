/** Row 36: how long a run takes is told before it, and holds. */
import { example } from "../support/documents";
import { expect, test } from "../support/fixtures";

test("row 36: the time that is told before Run is about what the run takes", async ({
  page,
  server,
  openDocument,
}) => {
  test.setTimeout(400_000);
  const document = (await example("text_to_image")) as { nodes: Record<string, { inputs: object }> };
  const schedule = document.nodes.schedule;
  const nodes = { ...document.nodes, schedule: { ...schedule, inputs: { ...schedule?.inputs, steps: 8 } } };
  const name = await openDocument({ ...document, nodes });
  const last = async (): Promise<{ status: string; seconds: number | null }> => {
    const { runs } = await server.ask<{ runs: { status: string; seconds: number | null }[] }>(
      "GET",
      `runs?name=${name}&limit=1`,
    );
    return runs[0] ?? { status: "none", seconds: null };
  };
  const run = async (): Promise<void> => {
    await page.getByRole("button", { name: "Run", exact: true }).click();
    await expect.poll(async () => (await last()).status, { timeout: 150_000 }).toBe("done");
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
  const [, text = "", unit = ""] = /about ([\d.]+)\s*(ms|s|min)/.exec((await told.textContent()) ?? "") ?? [];
  const seconds = Number(text) * ({ ms: 0.001, s: 1, min: 60 }[unit] ?? Number.NaN);
  await run();
  const took = (await last()).seconds ?? 0;
  expect(seconds / took).toBeGreaterThan(0.3);
  expect(seconds / took).toBeLessThan(3);
});
