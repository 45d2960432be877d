/** The first minute: the default workflow is open, Run works at once, and its picture appears. */
import { expect, signIn, test } from "../support/fixtures";
import { Server } from "../support/server";

test.use({ expectedRequests: [/^(http|ws):\/\/127\.0\.0\.1:/] }); // nobody has been at this server before: one of its own

test("the default document opens, and Run gives a picture", async ({ page: editor }) => {
  test.setTimeout(300_000);
  const server = await Server.start();
  await signIn(editor.context(), server);
  await editor.goto(server.url);
  await expect(editor.locator(".react-flow__node").first()).toBeVisible();
  await editor.getByRole("button", { name: "Run" }).first().click();
  await expect
    .poll(
      async () => {
        const { runs } = await server.ask<{ runs: { status: string }[] }>("GET", "runs?limit=1");
        return runs[0]?.status;
      },
      { timeout: 240_000 },
    )
    .toBe("done");
  const picture = editor.locator('img[src*="/artifacts/"]').first();
  await expect(picture).toBeVisible();
  await expect
    .poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth))
    .toBeGreaterThan(0);
  for (let again = 0; again < 8; again += 1) {
    // all is cached: the run may have ended before the answer says which one it is
    await editor.getByRole("button", { name: "Run", exact: true }).click();
    await expect(editor.getByRole("button", { name: "Stop", exact: true })).toBeHidden();
    await expect(editor.getByText("waiting for its turn")).toHaveCount(0);
  }
  await editor.goto("about:blank");
  await server.stop();
});
