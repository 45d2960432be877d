/**
 * "Tidy up" beside ELK: the same graphs laid out by both, judged by what a reader sees and by the processor's time.
 *
 *   npm install --no-save elkjs@0.12.1 && npm run layout
 *   npm run layout -- [--pictures=FOLDER] [the beginnings of names of graphs…]
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import ELK from "elkjs/lib/elk.bundled.js";
import { createServer } from "vite";

const WEB = resolve(import.meta.dirname, "../..");
const SUMS = ["nodes", "links", "overlaps", "length", "crossings", "behind", "back", "area", "ms"];

const given = process.argv.slice(2);
const pictures = given.find((one) => one.startsWith("--pictures="))?.split("=")[1];
if (pictures !== undefined) mkdirSync(pictures, { recursive: true });

const vite = await createServer({
  root: WEB,
  server: { middlewareMode: true, ws: false },
  appType: "custom",
  logLevel: "error",
});
try {
  const { compare } = await vite.ssrLoadModule("/bench/layout/compare.mjs");
  const all = {};
  print(["graph", "by", ...SUMS, "size"]);
  print(["graph", "by", ...SUMS, "size"].map(() => "---"));
  for await (const row of compare(
    ELK,
    nodeTypes(),
    given.filter((one) => !one.startsWith("--")),
  )) {
    const { name, by, width, height } = row;
    row.area = (width * height) / 1e6;
    print([name, by, ...SUMS.map((key) => shown(row[key])), `${width} × ${height}`]);
    if (!name.includes(" ")) {
      all[by] ??= Object.fromEntries(SUMS.map((key) => [key, 0]));
      for (const key of SUMS) all[by][key] += row[key];
    }
    if (pictures !== undefined) {
      const file = `${name}-${by}.svg`.replaceAll(" ", "-");
      writeFileSync(resolve(pictures, file), row.picture);
    }
  }
  for (const [by, sum] of Object.entries(all))
    print(["examples", by, ...SUMS.map((key) => shown(sum[key])), ""]);
} finally {
  await vite.close();
}

function print(cells) {
  console.log(`| ${cells.join(" | ")} |`);
}

function shown(value) {
  return value < 10 ? String(Math.round(value * 10) / 10) : value.toFixed(0);
}

/** What node types there are, as the product says itself. */
function nodeTypes() {
  const loom = process.env.LOOM ?? resolve(WEB, "../.venv/bin/loom");
  const nodes = JSON.parse(execFileSync(loom, ["nodes", "--json"], { maxBuffer: 1 << 26 }));
  return { digest: "", nodes, conversions: [], types: [], failures: [] };
}
