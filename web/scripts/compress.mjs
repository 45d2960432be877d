/** After a build: each text file also packed (`.br`, `.gz`), so that the server need not pack it for every request. */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const folder = new URL("../../server/static/", import.meta.url);
const TEXT = /\.(css|html|js|json|svg|txt|wasm)$/;
const LEAST = 1024; // bytes; smaller files gain nothing

const packers = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  gz: (bytes) => promisify(gzip)(bytes, { level: 9 }),
};

for (const name of await readdir(folder, { recursive: true })) {
  if (!TEXT.test(name)) continue;
  const file = new URL(name, folder);
  const bytes = await readFile(file);
  if (bytes.length < LEAST) continue;
  for (const [suffix, pack] of Object.entries(packers)) {
    const packed = await pack(bytes);
    if (packed.length < bytes.length) await writeFile(`${file.pathname}.${suffix}`, packed);
  }
}
