/** After a build: what the page loads before anything is asked of it must stay small. Fails the build beyond the limit. */
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const LIMIT = 250 * 1024; // bytes, packed
const folder = resolve(process.argv[2] ?? join(import.meta.dirname, "../../server/static"));

const page = await readFile(join(folder, "index.html"), "utf8");
const names = [...page.matchAll(/(?:src|href)="(\/assets\/[^"]+\.(?:js|css))"/g)].map((found) => found[1]);
if (names.length === 0) throw new Error(`${folder}/index.html names no script`);
let all = 0;
for (const name of new Set(names)) {
  const packed = await promisify(gzip)(await readFile(join(folder, name)), { level: 9 });
  all += packed.length;
  console.log(`${(packed.length / 1024).toFixed(1).padStart(7)} KB  ${name}`);
}
console.log(
  `${(all / 1024).toFixed(1).padStart(7)} KB  before anything is asked for; at most ${LIMIT / 1024}`,
);
if (all > LIMIT) {
  console.error("The editor's first load is too large: load what is not seen at once by import().");
  process.exit(1);
}
