/**
 * Put the cards of the examples (workflows/*.json) where they belong: `columns.json` says which stand in which column, in
 * the order of reading; this works out where that is from the sizes that cards have now.
 *
 *   node scripts/columns.mjs            write the positions
 *   node scripts/columns.mjs --sizes    say how large each example is as well
 */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { createServer } from "vite";

const WEB = resolve(import.meta.dirname, "..");
const ROOT = resolve(WEB, "..");
const ACROSS = 60;
const DOWN = 40;
const NOTE = { width: 232, line: 22.5, letters: 27, edge: 24 };

const vite = await createServer({
  root: WEB,
  server: { middlewareMode: true },
  appType: "custom",
  logLevel: "error",
});
try {
  const { SceneMaker } = await vite.ssrLoadModule("/src/canvas/scene.ts");
  const { frameRect } = await vite.ssrLoadModule("/src/canvas/frameLayout.ts");
  const { Registry } = await vite.ssrLoadModule("/src/graph/registry.ts");
  const { union } = await vite.ssrLoadModule("/src/view/geometry.ts");
  const maker = new SceneMaker(new Registry(nodeTypes()));
  const plans = JSON.parse(readFileSync(resolve(import.meta.dirname, "columns.json"), "utf8"));
  for (const [name, plan] of Object.entries(plans)) {
    const file = resolve(ROOT, "workflows", `${name}.json`);
    const text = readFileSync(file, "utf8");
    const document = JSON.parse(text);
    const placed = inColumns(document, plan, maker.make(document), frameRect);
    writeFileSync(file, written(text, document, placed));
    if (process.argv.includes("--sizes")) {
      const all = union([...placed.values()]);
      console.log(`${name}: ${all.width} × ${all.height}`);
    }
  }
} finally {
  await vite.close();
}

/** The rectangles of all nodes and of the note, from (0, 0) on. */
function inColumns(document, plan, scene, frameRect) {
  const placed = new Map();
  const place = (frame, left, top) => {
    let x = left;
    const inside = [];
    for (const column of plan[frame]) {
      let y = top;
      let width = 0;
      for (const id of column) {
        const rect = { x, y, ...sizeOf(id) };
        placed.set(id, rect);
        inside.push(rect);
        if (plan[id] !== undefined) {
          const edge = frameRect([{ x: 0, y: 0, width: 1, height: 1 }], [0, 0]);
          place(id, x - edge.x, y - edge.y);
        }
        y = onGrid(y + rect.height) + DOWN;
        width = Math.max(width, rect.width);
      }
      x = onGrid(x + width) + ACROSS;
    }
    return inside;
  };
  const sizes = new Map();
  const sizeOf = (id) => {
    if (!sizes.has(id)) {
      if (id === "note") sizes.set(id, noteSize(document.ui.notes[0].text));
      else if (plan[id] === undefined) {
        const { width, height } = scene.byId.get(id).rect;
        sizes.set(id, { width, height });
      } else {
        const { width, height } = frameRect(place(id, 0, 0), [0, 0]);
        sizes.set(id, { width, height });
      }
    }
    return sizes.get(id);
  };
  place("", 0, 0);
  return placed;
}

function onGrid(at) {
  return Math.ceil(at / 10) * 10;
}

function noteSize(text) {
  let lines = 1;
  let length = 0;
  for (const word of text.split(/\s+/)) {
    if (length > 0 && length + 1 + word.length > NOTE.letters) {
      lines += 1;
      length = word.length;
    } else length += word.length + (length > 0 ? 1 : 0);
  }
  return { width: NOTE.width, height: onGrid(lines * NOTE.line + NOTE.edge) };
}

/** The file as it was written by hand, with other positions. */
function written(text, document, placed) {
  const at = (id) => `${JSON.stringify(id)}: [${placed.get(id).x}, ${placed.get(id).y}]`;
  const lines = [];
  for (const id of Object.keys(document.nodes)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + at(id).length < 116)
      lines[lines.length - 1] = `${last}, ${at(id)}`;
    else lines.push(at(id));
  }
  const { x, y, width, height } = placed.get("note");
  return text
    .replace(/"positions": \{[^}]*\}/, `"positions": {\n   ${lines.join(",\n   ")}\n  }`)
    .replace(
      /"position": \[[^\]]*\], "size": \[[^\]]*\]/,
      `"position": [${x}, ${y}], "size": [${width}, ${height}]`,
    );
}

/** What node types there are, as the product says itself. */
function nodeTypes() {
  const loom = process.env.LOOM ?? resolve(ROOT, ".venv/bin/loom");
  const nodes = JSON.parse(execFileSync(loom, ["nodes", "--json"], { maxBuffer: 1 << 26 }));
  return { digest: "", nodes, conversions: [], types: [], failures: [] };
}
