/** Each graph laid out in each way, as rows of a table. */
import { arrange } from "../../src/canvas/arrange.ts";
import { SceneMaker } from "../../src/canvas/scene.ts";
import { Registry } from "../../src/graph/registry.ts";
import { elkLayout } from "./elk.mjs";
import { graphs } from "./graphs.mjs";
import { judge } from "./judge.mjs";
import { picture } from "./picture.mjs";

const RUNS = 5;
const ENOUGH = 20_000; // ms: no further run after that
const SIMPLEX_LIMIT = 1000; // nodes; it takes 20 s for 500

/** Rows one by one; `only` names graphs by how they begin, all if it is empty. */
export async function* compare(ELK, nodeTypes, only) {
  const registry = new Registry(nodeTypes);
  const bk = elkLayout(ELK, { placement: "BRANDES_KOEPF", framePorts: true });
  const ns = elkLayout(ELK, { placement: "NETWORK_SIMPLEX", framePorts: false });
  for (const { name, document } of graphs()) {
    if (only.length > 0 && !only.some((one) => name.startsWith(one))) continue;
    const count = Object.keys(document.nodes).length;
    yield await row(registry, name, document, "ours", arrange);
    yield await row(registry, name, document, "elk-bk", bk);
    if (count <= SIMPLEX_LIMIT) yield await row(registry, name, document, "elk-ns", ns);
  }
}

async function row(registry, name, document, by, layout) {
  const before = new SceneMaker(registry).make(document);
  const times = [];
  let positions = new Map();
  for (let spent = 0; times.length < RUNS && spent < ENOUGH; spent += times.at(-1)) {
    const start = process.cpuUsage();
    positions = await layout(document, before);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  const placed = { ...document, ui: { positions: Object.fromEntries(positions) } };
  const scene = new SceneMaker(registry).make(placed);
  const ms = times.sort((a, b) => a - b)[Math.floor(times.length / 2)];
  return { name, by, ...judge(placed, scene), ms, picture: picture(scene) };
}
