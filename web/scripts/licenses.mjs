/** After a build: the licences of the packages that are in it, as `assets/licenses.txt`. Fails for one that states none. */
import { readdir, readFile, writeFile } from "node:fs/promises";

const root = new URL("../", import.meta.url);
const target = new URL("../server/static/assets/licenses.txt", root);
const { packages } = JSON.parse(await readFile(new URL("package-lock.json", root), "utf8"));

const shipped = Object.entries(packages).filter(
  ([path, one]) =>
    path !== "" && !one.dev && !one.optional && !one.peer && !path.includes("node_modules/@types/"),
);
const parts = [];
for (const [path, { version, license }] of shipped.sort()) {
  const folder = new URL(`${path}/`, root);
  const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
  const file = (await readdir(folder)).find((one) => /^licen[cs]e/i.test(one));
  if (license === undefined && file === undefined) throw new Error(`${name} states no licence`);
  const text = file === undefined ? "" : await readFile(new URL(file, folder), "utf8");
  parts.push(`${name} ${version} (${license})\n\n${text.trim()}\n`);
}
await writeFile(target, parts.join(`\n${"-".repeat(80)}\n\n`));
