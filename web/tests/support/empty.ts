/** A workflow with nothing in it, opened. */
import { expect, type Page } from "@playwright/test";
import { signIn } from "./fixtures";
import type { Server } from "./server";

export async function openEmpty(page: Page, server: Server): Promise<string> {
  const name = `empty-${crypto.randomUUID().slice(0, 8)}`;
  await server.ask("PUT", `workflows/${name}`, { format: 1, name, nodes: {} }, { "If-None-Match": "*" });
  await page.goto("about:blank");
  await signIn(page.context(), server);
  await page.goto(`${server.url}#/${name}`);
  await expect(page.getByRole("heading", { name: "An empty canvas" })).toBeVisible();
  return name;
}

/** The state of the newest run of a workflow. */
export async function lastRun(server: Server, name: string): Promise<string | undefined> {
  const { runs } = await server.ask<{ runs: { status: string }[] }>("GET", `runs?name=${name}&limit=1`);
  return runs[0]?.status;
}
