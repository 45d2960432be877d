/** The open workflow as a file: JSON, or a PNG that shows the graph and carries it. */

import type { Json } from "../../api/types";
import type { App } from "../../app/services";
import { paint, readPalette } from "../../canvas/farPaint";
import { grown, union } from "../../view/geometry";
import { withGraph } from "./png";

const MOST = 2400; // pixels, the longer side
const BORDER = 40;

export function exportJson(app: App): void {
  const text = `${JSON.stringify(app.document.document, null, 1)}\n`;
  saveFile(new Blob([text], { type: "application/json" }), `${nameOf(app)}.json`);
}

export async function exportPng(app: App): Promise<void> {
  const drawn = await drawing(app);
  const bytes = await withGraph(
    new Uint8Array(await drawn.arrayBuffer()),
    app.document.document as unknown as Json,
  );
  saveFile(new Blob([bytes], { type: "image/png" }), `${nameOf(app)}.png`);
}

/** The whole graph as a picture, with the results that its nodes show. */
async function drawing(app: App): Promise<Blob> {
  const scene = app.scene();
  const rect = grown(
    union(scene.nodes.map((one) => one.rect)) ?? { x: 0, y: 0, width: 400, height: 300 },
    BORDER,
  );
  const zoom = Math.min(1, MOST / Math.max(rect.width, rect.height));
  const size = { width: Math.ceil(rect.width * zoom), height: Math.ceil(rect.height * zoom), ratio: 1 };
  const canvas = document.createElement("canvas");
  canvas.width = size.width;
  canvas.height = size.height;
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot draw the picture");
  const camera = { x: -rect.x * zoom, y: -rect.y * zoom, zoom };
  const root = document.documentElement;
  paint(context, size, camera, scene, readPalette(root), { selection: new Set(), phase: () => "idle" });
  for (const node of scene.nodes) {
    const row = node.kind === "card" ? node.layout.rows.find((one) => one.kind === "picture") : undefined;
    const shown = app.runner.pictures.get(node.id);
    if (row === undefined || shown === null) continue;
    const image = await loaded(shown.url);
    const side = row.height;
    context.drawImage(image, node.rect.x + (node.rect.width - side) / 2, node.rect.y + row.y, side, side);
  }
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = getComputedStyle(root).getPropertyValue("--canvas");
  context.fillRect(0, 0, size.width, size.height);
  return new Promise((done, failed) =>
    canvas.toBlob(
      (blob) => (blob === null ? failed(new Error("the picture is too large")) : done(blob)),
      "image/png",
    ),
  );
}

async function loaded(url: string): Promise<HTMLImageElement> {
  const image = new Image();
  image.src = url;
  await image.decode();
  return image;
}

function nameOf(app: App): string {
  return app.document.store.getState().name ?? "workflow";
}

export function saveFile(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
