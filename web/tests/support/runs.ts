/** Runs and uploads as a program makes them, for tests that look at their results. */
import { expect } from "@playwright/test";
import type { JsonObject, Server } from "./server";

/** Submit a document and wait for its end; the id of the run. */
export async function ran(server: Server, workflow: JsonObject, set: JsonObject = {}): Promise<string> {
  const { id } = await server.ask<{ id: string }>("POST", "runs", { workflow, set });
  await expect
    .poll(async () => (await server.ask<{ status: string }>("GET", `runs/${id}`)).status, {
      timeout: 170_000,
    })
    .toBe("done");
  return id;
}

/** Upload a picture; the name that nodes use for it. */
export async function uploaded(
  server: Server,
  bytes: Uint8Array<ArrayBuffer>,
  name: string,
): Promise<string> {
  const response = await fetch(new URL(`api/v1/assets?name=${name}`, server.url), {
    method: "POST",
    headers: { Authorization: `Bearer ${server.token}`, "Content-Type": "application/octet-stream" },
    body: new Blob([bytes]),
  });
  return ((await response.json()) as { input: string }).input;
}

export interface Kept {
  nodes: Record<string, { type: string; inputs?: Record<string, unknown> }>;
  [key: string]: unknown;
}

/** The document as the server has it now. */
export function kept(server: Server, name: string): Promise<Kept> {
  return server.ask<Kept>("GET", `workflows/${name}`);
}

/** One input's literal, as the server has it now. */
export async function literal(server: Server, name: string, node: string, input: string): Promise<unknown> {
  return (await kept(server, name)).nodes[node]?.inputs?.[input];
}
