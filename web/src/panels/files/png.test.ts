import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { carriesGraph, chunksOf, decodePng, encodePng, isPng, withGraph } from "./png";

const pixels = Uint8ClampedArray.from({ length: 3 * 2 * 4 }, (_, at) =>
  at % 4 === 3 ? (at % 8) * 30 : at * 9,
);

describe("pictures with transparency", () => {
  it("keep the colour of what is transparent, to the last bit", async () => {
    const found = await decodePng(await encodePng(pixels, 3, 2));
    expect(found).toEqual({ pixels, width: 3, height: 2 });
  });

  it("are read whatever filter their rows have", async () => {
    // a file of Pillow: RGBA, 2 × 3, rows of different filters
    const rows = [
      [1, 10, 20, 30, 255, 5, 5, 5, 0],
      [2, 1, 1, 1, 0, 1, 1, 1, 0],
      [4, 3, 3, 3, 0, 2, 2, 2, 0],
    ].flat();
    const plain = await encodePng(new Uint8ClampedArray(24), 2, 3);
    const { deflateSync } = await import("node:zlib");
    const packed = new Uint8Array(deflateSync(new Uint8Array(rows)));
    const found = await decodePng(withData(plain, packed));
    expect([...(found?.pixels ?? [])]).toEqual(
      [
        [10, 20, 30, 255, 15, 25, 35, 255],
        [11, 21, 31, 255, 16, 26, 36, 255],
        [14, 24, 34, 255, 18, 28, 38, 255],
      ].flat(),
    );
  });

  it("leave other files to the browser", async () => {
    expect(await decodePng(new Uint8Array([1, 2, 3]))).toBeNull();
  });
});

describe("a graph in a picture", () => {
  it("is put where the server looks for it, once", async () => {
    const plain = await encodePng(pixels, 3, 2);
    expect(isPng(plain)).toBe(true);
    expect(carriesGraph(plain)).toBe(false);
    const once = await withGraph(plain, { nodes: { a: 1 } });
    const twice = await withGraph(once, { nodes: { b: "ε" } });
    expect(carriesGraph(twice)).toBe(true);
    const records = chunksOf(twice).filter((one) => one.kind === "iTXt");
    expect(records).toHaveLength(1);
    const text = inflateSync(records[0]?.body.subarray("latent-loom".length + 5) as Uint8Array).toString();
    expect(JSON.parse(text)).toEqual({ workflow: { nodes: { b: "ε" } } });
    expect(await decodePng(twice)).toEqual({ pixels, width: 3, height: 2 });
  });
});

/** The file with other packed rows; its sum of that chunk is not looked at. */
function withData(png: Uint8Array, data: Uint8Array): Uint8Array {
  const at = png.findIndex((_, from) => String.fromCharCode(...png.subarray(from, from + 4)) === "IDAT");
  const length = new DataView(png.buffer).getUint32(at - 4);
  const made = new Uint8Array(png.length - length + data.length);
  made.set(png.subarray(0, at + 4));
  new DataView(made.buffer).setUint32(at - 4, data.length);
  made.set(data, at + 4);
  made.set(png.subarray(at + 4 + length), at + 4 + data.length);
  return made;
}
