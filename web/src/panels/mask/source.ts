/** The picture of an input file: its colours, and what of it is transparent already. */
import type { App } from "../../app/services";
import { decodePng } from "../files/png";

export interface Source {
  pixels: Uint8ClampedArray<ArrayBuffer>;
  width: number;
  height: number;
}

/** Read it with the colours under transparent parts, where the file keeps them. */
export async function readSource(app: App, digest: string): Promise<Source> {
  const blob = await app.api.bytes(app.api.fileUrl(digest));
  const decoded = await decodePng(new Uint8Array(await blob.arrayBuffer()));
  if (decoded !== null) return decoded;
  const bitmap = await createImageBitmap(blob);
  const { width, height } = bitmap;
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d");
  if (context === null) throw new Error("this browser cannot read the picture");
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return { pixels: context.getImageData(0, 0, width, height).data as Source["pixels"], width, height };
}

/** The picture without transparency, and the mask that its transparency is. */
export function split({ pixels, width, height }: Source): { colours: ImageData; mask: ImageData } {
  const colours = new ImageData(new Uint8ClampedArray(pixels), width, height);
  const mask = new ImageData(width, height);
  for (let at = 3; at < pixels.length; at += 4) {
    colours.data[at] = 255;
    mask.data[at] = 255 - (pixels[at] as number);
  }
  return { colours, mask };
}

/** The colours with a mask as transparency: what is masked is transparent, as `image.load` reads it. */
export function joined(source: Source, mask: ImageData): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint8ClampedArray(source.pixels);
  for (let at = 3; at < pixels.length; at += 4) pixels[at] = 255 - (mask.data[at] as number);
  return pixels;
}
