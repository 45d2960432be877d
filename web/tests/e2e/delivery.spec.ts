/** The editor as it is delivered: its policy, its session, and what it does without one. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Page } from "@playwright/test";
import { dot } from "../support/documents";
import { expect, test } from "../support/fixtures";
import type { Server } from "../support/server";

test("the page loads without an error, under a policy that allows nothing inline or from elsewhere", async ({
  page,
  server,
}) => {
  const answer = await page.goto(server.url);
  expect(answer?.status()).toBe(200);
  await expect(page).toHaveTitle(/Latent Loom/);
  const policy = answer?.headers()["content-security-policy"] ?? "";
  expect(policy).toContain("script-src 'self'");
  expect(policy).toContain("style-src 'self'");
  expect(policy).not.toContain("unsafe");
});

test.describe("what a page must not do", () => {
  test.use({ expectedErrors: [/Content Security Policy/] });

  test("a script that was put into the page does not run", async ({ page, server }) => {
    await page.goto(server.url);
    const refused = await page.evaluate(
      () =>
        new Promise<string>((told) => {
          document.addEventListener("securitypolicyviolation", (event) => told(event.effectiveDirective), {
            once: true,
          });
          const script = document.createElement("script");
          script.textContent = "window.wasRun = true";
          document.head.append(script);
        }),
    );
    expect(refused).toBe("script-src-elem");
    expect(await page.evaluate(() => "wasRun" in window)).toBe(false);
  });
});

test("the token in the address becomes a session, which outlives the page and is no secret of the address", async ({
  page: editor,
  server,
}) => {
  await editor.goto(server.signIn);
  await expect(editor.locator(".editor")).toBeVisible();
  expect(editor.url()).not.toContain(server.token);
  const cookies = await editor.context().cookies();
  const session = cookies.find((cookie) => cookie.name.startsWith("loom_"));
  expect(session?.httpOnly).toBe(true);
  expect(session?.sameSite).toBe("Strict");
  expect(await editor.evaluate(() => document.cookie)).toBe("");
  const again = await editor.context().newPage();
  await again.goto(server.url);
  await expect
    .poll(() =>
      again.evaluate(async () => {
        const key = localStorage.getItem("loom.session") ?? "";
        return (await (await fetch("/api/v1/session", { headers: { "X-Loom-Session": key } })).json())
          .signed_in;
      }),
    )
    .toBe(true);
});

test("somebody without a token is told where it is", async ({ page, server }) => {
  await page.goto(server.url);
  await expect(page.getByText("server.json")).toBeVisible();
});

test.describe("a page at another port of this machine", () => {
  test.use({ expectedErrors: [/./], expectedRequests: [/./] });

  test("can neither change anything nor see a picture, though the cookie goes along", async ({
    editor,
    server,
  }) => {
    const run = await server.ask<{ id: string }>("POST", "runs", { workflow: dot() });
    const picture = await made(server, run.id);
    await expect(canShow(editor, picture)).resolves.toBe(true);
    const other = createServer((_, answer) =>
      answer.setHeader("Content-Type", "text/html").end("<p>other</p>"),
    );
    await new Promise<void>((ready) => other.listen(0, "127.0.0.1", ready));
    const { port } = other.address() as AddressInfo;
    const page = await editor.context().newPage();
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.evaluate(
      (address) =>
        fetch(address, { method: "POST", mode: "no-cors", credentials: "include", body: "{}" }).catch(
          () => 0,
        ),
      `${server.url}api/v1/queue/pause`,
    );
    expect((await server.ask<{ paused: boolean }>("GET", "queue")).paused).toBe(false);
    await expect(canShow(page, picture)).resolves.toBe(false);
    other.close();
  });
});

/** The address of the first file of a run, once it has ended. */
async function made(server: Server, run: string): Promise<string> {
  let address: string | undefined;
  await expect
    .poll(
      async () => {
        const found = await server.ask<{ status: string; artifacts: { url: string }[] }>(
          "GET",
          `runs/${run}`,
        );
        address = found.artifacts[0]?.url;
        return found.status;
      },
      { timeout: 100_000 },
    )
    .toBe("done");
  return new URL(address ?? "", server.url).href;
}

/** Whether an `<img>` of this page gets the picture. */
function canShow(page: Page, address: string): Promise<boolean> {
  return page.evaluate(
    (src) =>
      new Promise<boolean>((told) => {
        const image = new Image();
        image.onload = () => told(true);
        image.onerror = () => told(false);
        image.src = src;
      }),
    address,
  );
}
