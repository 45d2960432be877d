/**
 * PNG files: their chunks, the graph that Latent Loom keeps in one of them, and pictures with transparency whose
 * transparent parts keep their colour (a browser's own encoder blackens those). Pure but for the streams of the browser.
 */
import type { Json } from "../../api/types";

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const KEYWORD = "latent-loom";

interface Chunk {
  kind: string;
  body: Uint8Array;
}

export function isPng(bytes: Uint8Array): boolean {
  return SIGNATURE.every((one, at) => bytes[at] === one);
}

/** The chunks of a PNG; what is cut off is left out. */
export function chunksOf(bytes: Uint8Array): Chunk[] {
  const found: Chunk[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = SIGNATURE.length; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > bytes.length) break;
    const kind = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    found.push({ kind, body: bytes.subarray(at + 8, at + 8 + length) });
    at += 12 + length;
  }
  return found;
}

/** True if a file is a PNG with a graph in it. */
export function carriesGraph(bytes: Uint8Array): boolean {
  return isPng(bytes) && chunksOf(bytes).some(isRecord);
}

/** The PNG with a graph in it, where the server looks for one; an earlier one is replaced. */
/** The workflow that a PNG carries; null if it carries none that can be read. */
export async function graphIn(bytes: Uint8Array): Promise<unknown> {
  const body = isPng(bytes) ? chunksOf(bytes).find(isRecord)?.body : undefined;
  if (body === undefined) return null;
  try {
    const text = body.slice(KEYWORD.length + 5); // behind NUL, flag, method, language, translated keyword
    const plain =
      body[KEYWORD.length + 1] === 1 ? await piped(text, new DecompressionStream("deflate")) : text;
    return (JSON.parse(new TextDecoder().decode(plain)) as { workflow?: unknown }).workflow ?? null;
  } catch {
    return null;
  }
}

export async function withGraph(bytes: Uint8Array, workflow: Json): Promise<Uint8Array<ArrayBuffer>> {
  const text = await deflated(new TextEncoder().encode(JSON.stringify({ workflow })));
  const head = [...new TextEncoder().encode(KEYWORD), 0, 1, 0, 0, 0]; // packed by zlib; no language, no translation
  const record: Chunk = { kind: "iTXt", body: joined([new Uint8Array(head), text]) };
  const [header, ...rest] = chunksOf(bytes).filter((one) => !isRecord(one));
  if (header === undefined) throw new Error("this is no PNG");
  return written([header, record, ...rest]);
}

/** A PNG of pixels in rows of red, green, blue, alpha. */
export async function encodePng(
  pixels: Uint8ClampedArray,
  width: number,
  height: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([8, 6, 0, 0, 0], 8); // eight bits, with alpha, not interlaced
  const stride = width * 4;
  const rows = new Uint8Array(height * (stride + 1));
  for (let y = 0; y < height; y += 1)
    rows.set(pixels.subarray(y * stride, (y + 1) * stride), y * (stride + 1) + 1);
  const body = await deflated(rows);
  return written([
    { kind: "IHDR", body: header },
    { kind: "IDAT", body },
    { kind: "IEND", body: new Uint8Array() },
  ]);
}

/** The pixels of a PNG with alpha, with the colours under it; null for any other kind, which a browser reads as well. */
export async function decodePng(
  bytes: Uint8Array,
): Promise<{ pixels: Uint8ClampedArray<ArrayBuffer>; width: number; height: number } | null> {
  if (!isPng(bytes)) return null;
  const chunks = chunksOf(bytes);
  const header = chunks.find((one) => one.kind === "IHDR")?.body;
  if (header === undefined || header[8] !== 8 || header[9] !== 6 || header[12] !== 0) return null;
  const view = new DataView(header.buffer, header.byteOffset);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const packed = joined(chunks.filter((one) => one.kind === "IDAT").map((one) => one.body));
  const rows = await piped(packed, new DecompressionStream("deflate"));
  const stride = width * 4;
  if (rows.length < height * (stride + 1)) return null;
  const pixels = new Uint8ClampedArray(height * stride);
  for (let y = 0; y < height; y += 1) unfilter(rows, pixels, y, stride);
  return { pixels, width, height };
}

/** One row: each byte was written as its difference to what its neighbours foretell. */
function unfilter(rows: Uint8Array, pixels: Uint8ClampedArray, y: number, stride: number): void {
  const from = y * (stride + 1);
  const filter = rows[from];
  for (let x = 0; x < stride; x += 1) {
    const left = x < 4 ? 0 : (pixels[y * stride + x - 4] as number);
    const up = y === 0 ? 0 : (pixels[(y - 1) * stride + x] as number);
    const corner = x < 4 || y === 0 ? 0 : (pixels[(y - 1) * stride + x - 4] as number);
    const foretold =
      filter === 1
        ? left
        : filter === 2
          ? up
          : filter === 3
            ? (left + up) >> 1
            : filter === 4
              ? paeth(left, up, corner)
              : 0;
    pixels[y * stride + x] = ((rows[from + 1 + x] as number) + foretold) & 255;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [l, u, c] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  return l <= u && l <= c ? left : u <= c ? up : corner;
}

function isRecord({ kind, body }: Chunk): boolean {
  if (kind !== "iTXt") return false;
  return String.fromCharCode(...body.subarray(0, KEYWORD.length + 1)) === `${KEYWORD}\0`;
}

function written(chunks: Chunk[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [new Uint8Array(SIGNATURE)];
  for (const { kind, body } of chunks) {
    const named = joined([new TextEncoder().encode(kind), body]);
    const [length, sum] = [new Uint8Array(4), new Uint8Array(4)];
    new DataView(length.buffer).setUint32(0, body.length);
    new DataView(sum.buffer).setUint32(0, crc(named));
    parts.push(length, named, sum);
  }
  return joined(parts);
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const one of parts) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});

function crc(bytes: Uint8Array): number {
  let value = 0xffffffff;
  for (const byte of bytes) value = (TABLE[(value ^ byte) & 255] as number) ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
}

const deflated = (bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> =>
  piped(bytes, new CompressionStream("deflate"));

async function piped(
  bytes: Uint8Array<ArrayBuffer>,
  stream: CompressionStream | DecompressionStream,
): Promise<Uint8Array<ArrayBuffer>> {
  const through = new Blob([bytes]).stream().pipeThrough(stream);
  return new Uint8Array(await new Response(through).arrayBuffer());
}
