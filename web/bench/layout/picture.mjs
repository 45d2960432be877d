/** A scene as SVG, to be looked at: loops, links, cards. */
import { grown, union } from "../../src/view/geometry.ts";
import { lineOf } from "./sockets.mjs";

const COLOURS = ["#d33", "#37c", "#2a8", "#a50", "#a3a", "#577"];

export function picture(scene) {
  const { x, y, width, height } = grown(union(scene.nodes.map((one) => one.rect)), 40);
  const frames = scene.nodes.filter((one) => one.kind === "frame").sort((a, b) => a.depth - b.depth);
  const cards = scene.nodes.filter((one) => one.kind !== "frame");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${x} ${y} ${width} ${height}" font-family="sans-serif">` +
    `<rect x="${x}" y="${y}" width="100%" height="100%" fill="#f4f4f4"/>` +
    `${frames.map(boxOf).join("")}${scene.edges.map(curve(scene)).join("")}${cards.map(boxOf).join("")}</svg>`
  );
}

function boxOf({ kind, id, rect }) {
  const look = kind === "frame" ? `fill="#7a5cff14" stroke="#7a5cff"` : `fill="#fff" stroke="#888"`;
  return (
    `<rect x="${rect.x}" y="${rect.y}" width="${rect.width}" height="${rect.height}" rx="12" ${look}/>` +
    `<text x="${rect.x + 10}" y="${rect.y + 24}" font-size="18">${id}</text>`
  );
}

function curve(scene) {
  return (edge, at) => {
    const points = lineOf(edge, scene).map((one) => one.map(Math.round).join());
    const colour = COLOURS[at % COLOURS.length];
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2.5"/>`;
  };
}
