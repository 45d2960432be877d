/** What a reader sees of a scene, in figures: overlaps, links as they are drawn, the size of the whole. */
import { framesAround } from "../../src/graph/document.ts";
import { overlaps, union } from "../../src/view/geometry.ts";
import { lineOf } from "./sockets.mjs";

export function judge(document, scene) {
  const links = scene.edges.map((edge) => {
    const line = lineOf(edge, scene);
    return { ...edge, line, box: boxOf(line) };
  });
  const { width, height } = union(scene.nodes.map((one) => one.rect));
  return {
    nodes: scene.nodes.length,
    links: links.length,
    overlaps: countOverlaps(document, scene.nodes),
    length: links.reduce((sum, one) => sum + lengthOf(one.line), 0),
    crossings: countCrossings(links),
    behind: countBehind(links, scene.nodes),
    back: links.filter(({ line }) => line.at(-1)[0] < line[0][0]).length,
    width,
    height,
  };
}

/** Pairs that lie on each other, though neither is a loop around the other. */
function countOverlaps(document, nodes) {
  const around = new Map(nodes.map(({ id }) => [id, new Set(framesAround(document, id))]));
  let found = 0;
  for (const [at, a] of nodes.entries())
    for (const b of nodes.slice(at + 1))
      if (overlaps(a.rect, b.rect) && !around.get(a.id).has(b.id) && !around.get(b.id).has(a.id)) found += 1;
  return found;
}

function lengthOf(line) {
  return line.slice(1).reduce((sum, [x, y], at) => sum + Math.hypot(x - line[at][0], y - line[at][1]), 0);
}

/** Pairs of links that cross; those that share an end do not count. */
function countCrossings(links) {
  const sorted = links.toSorted((a, b) => a.box.left - b.box.left);
  let found = 0;
  for (const [at, a] of sorted.entries()) {
    for (let other = at + 1; other < sorted.length; other += 1) {
      const b = sorted[other];
      if (b.box.left > a.box.right) break;
      if (meet(a.box, b.box) && !shareEnd(a, b) && linesCross(a.line, b.line)) found += 1;
    }
  }
  return found;
}

function shareEnd(a, b) {
  if (a.source === b.source && a.sourceHandle === b.sourceHandle) return true;
  return a.target === b.target && a.targetHandle === b.targetHandle;
}

function linesCross(one, other) {
  for (let i = 1; i < one.length; i += 1)
    for (let j = 1; j < other.length; j += 1)
      if (segmentsCross(one[i - 1], one[i], other[j - 1], other[j])) return true;
  return false;
}

function segmentsCross(a, b, c, d) {
  const side = (p, q, r) => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  return side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0;
}

/** Pairs of a link and a card that it runs behind, though it does not end there. */
function countBehind(links, nodes) {
  const cards = nodes.filter((one) => one.kind !== "frame");
  let found = 0;
  for (const { line, box, source, target } of links)
    for (const { id, rect } of cards) {
      const card = { left: rect.x, right: rect.x + rect.width, top: rect.y, bottom: rect.y + rect.height };
      if (id === source || id === target || !meet(box, card)) continue;
      const inCard = ([x, y]) => x > card.left && x < card.right && y > card.top && y < card.bottom;
      if (line.some(inCard)) found += 1;
    }
  return found;
}

function meet(a, b) {
  return a.left <= b.right && b.left <= a.right && a.top <= b.bottom && b.top <= a.bottom;
}

function boxOf(line) {
  const xs = line.map(([x]) => x);
  const ys = line.map(([, y]) => y);
  return { left: Math.min(...xs), right: Math.max(...xs), top: Math.min(...ys), bottom: Math.max(...ys) };
}
