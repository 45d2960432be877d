/** What tests do on the canvas, and how they read what came of it. */
import { expect, type Locator, type Page } from "@playwright/test";
import type { JsonObject, Server } from "./server";

export interface Body {
  type: string;
  in?: string;
  inputs?: Record<string, unknown>;
  mode?: unknown;
}
export interface Document extends JsonObject {
  nodes: Record<string, Body>;
  ui?: {
    positions?: Record<string, [number, number]>;
    nodes?: Record<string, JsonObject>;
    groups?: { id: string; nodes?: string[] }[];
    notes?: { id: string; position?: [number, number] }[];
  };
}

/** `dot`, with its nodes side by side. */
export function dotRow(): Document {
  const box = { width: 64, height: 64, left: 8, top: 8, right: 56, bottom: 56 };
  return {
    format: 1,
    nodes: {
      mask: { type: "mask.ellipse@1", inputs: box },
      picture: { type: "mask.to_image@1", inputs: { mask: { from: "mask" } } },
      save: { type: "image.save@1", inputs: { image: { from: "picture" } } },
    },
    ui: { positions: { mask: [0, 0], picture: [320, 0], save: [640, 0] } },
  };
}

export function card(page: Page, node: string): Locator {
  return page.locator(`[data-node="${node}"]`);
}

/** Select nodes by their heads. */
export async function select(page: Page, ...nodes: string[]): Promise<void> {
  for (const [at, node] of nodes.entries()) {
    await card(page, node)
      .locator(".card-head, .frame-head")
      .first()
      .click({ position: { x: 40, y: 14 }, modifiers: at === 0 ? [] : ["Shift"] });
    await expect(card(page, node)).toHaveAttribute("data-selected", "true");
  }
}

/** The document as the server has it. */
export function documentOf(server: Server, name: string): Promise<Document> {
  return server.ask<Document>("GET", `workflows/${name}`);
}

export async function revisionOf(server: Server, name: string): Promise<number> {
  const { workflows } = await server.ask<{ workflows: { name: string; revision: number }[] }>(
    "GET",
    "workflows",
  );
  return workflows.find((one) => one.name === name)?.revision ?? 0;
}

/** Wait until something holds of the server's document. */
export async function expectDocument(
  server: Server,
  name: string,
  holds: (document: Document) => unknown,
  expected: unknown,
): Promise<void> {
  await expect.poll(async () => holds(await documentOf(server, name)), { timeout: 15_000 }).toEqual(expected);
}

/** Drag by the mouse from one place to another, in some steps. */
export async function dragBy(page: Page, from: Locator, dx: number, dy: number, steps = 6): Promise<void> {
  const box = await from.boundingBox();
  if (box === null) throw new Error("what is to be dragged is not on the screen");
  const x = box.x + Math.min(60, box.width / 2);
  const y = box.y + Math.min(14, box.height / 2);
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + dx, y + dy, { steps });
  await page.mouse.up();
}

export function socket(page: Page, node: string, handle: string): Locator {
  return page.locator(`[data-node="${node}"] .react-flow__handle[data-handleid="${handle}"]`);
}

/** Zoom out until the graph is painted. */
export async function goFar(page: Page): Promise<void> {
  await expect(async () => {
    await page.keyboard.press("Control+-");
    await expect(page.getByTestId("canvas")).toHaveAttribute("data-far", "true", { timeout: 1500 });
  }).toPass();
}

/** The zoom of the canvas. */
export function zoomOf(page: Page): Promise<number> {
  return page
    .locator(".react-flow__viewport")
    .evaluate((element) => new DOMMatrix(getComputedStyle(element).transform).a);
}
