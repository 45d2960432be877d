/**
 * What every browser test stands on: one real server for each worker, a page that is signed in and has a document open,
 * and the rules that hold everywhere (`watch`): a console error or a request to elsewhere fails the test that caused it.
 */
import { type BrowserContext, test as base, expect, type Page } from "@playwright/test";
import { dot } from "./documents";
import { type JsonObject, Server } from "./server";
import { watch } from "./watch";

interface Options {
  /** Console errors that a test causes on purpose: a server that is gone, say. */
  expectedErrors: RegExp[];
  /** Addresses elsewhere that a test asks on purpose. */
  expectedRequests: RegExp[];
}

interface Fixtures {
  /** The page, signed in; nothing is open but what opens by itself. */
  editor: Page;
  /** Keep a document under a new name and open it; returns the name. */
  openDocument: (document?: JsonObject) => Promise<string>;
  rules: undefined;
}

interface WorkerFixtures {
  server: Server;
}

/** A workflow is open: its cards, the whole from far away, or the form with which a phone begins. */
const SHOWN = ".react-flow__node, .far-layer, .form-input";

export const test = base.extend<Options & Fixtures, WorkerFixtures>({
  expectedErrors: [[], { option: true }],
  expectedRequests: [[], { option: true }],

  server: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the parameter's pattern
    async ({}, use) => {
      const server = await Server.start();
      await use(server);
      await server.stop();
    },
    { scope: "worker", timeout: 120_000 },
  ],

  baseURL: async ({ server }, use) => use(server.url),

  rules: [
    async ({ context, server, expectedErrors, expectedRequests }, use) => {
      const seen = watch(context, new URL(server.url).origin);
      await use(undefined);
      expect.soft(others(seen.errors, expectedErrors), "errors in the console").toEqual([]);
      expect.soft(others(seen.strangers, expectedRequests), "requests that leave the origin").toEqual([]);
    },
    { auto: true },
  ],

  editor: async ({ page, server }, use) => {
    await signIn(page.context(), server);
    await page.goto(server.url);
    await expect(page.locator(".editor")).toBeVisible();
    await use(page);
  },

  openDocument: async ({ page, server }, use) => {
    await use(async (document = dot()) => {
      const name = `test-${crypto.randomUUID().slice(0, 8)}`;
      await server.ask("PUT", `workflows/${name}`, { ...document, name }, { "If-None-Match": "*" });
      // An address that differs in its # alone loads nothing. And a page that is still open would go on asking, with
      // the new session's cookie and the last one's key.
      await page.goto("about:blank");
      await signIn(page.context(), server);
      await page.goto(`${server.url}#/${name}`);
      await expect(page.locator(SHOWN).first()).toBeVisible();
      return name;
    });
  },
});

/** A session for a browser, without the page that asks for the token. */
export async function signIn(context: BrowserContext, server: Server): Promise<void> {
  const { cookie, key } = await server.session();
  await context.addCookies([
    { ...cookie, domain: new URL(server.url).hostname, path: "/api/", httpOnly: true, sameSite: "Strict" },
  ]);
  await context.addInitScript(
    ([origin, value]) => {
      if (location.origin === origin) localStorage.setItem("loom.session", value ?? "");
    },
    [new URL(server.url).origin, key],
  );
}

/** The texts that none of the patterns expects. */
function others(texts: string[], expected: RegExp[]): string[] {
  return texts.filter((text) => !expected.some((pattern) => pattern.test(text)));
}

export { expect };
