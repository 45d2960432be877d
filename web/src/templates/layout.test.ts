/** The examples as they are shown: no card lies on another, loops hold what is theirs, the eye goes right and down. */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { NodeTypes } from "../api/types";
import { arrange } from "../canvas/arrange";
import { type Scene, SceneMaker, type SceneNode } from "../canvas/scene";
import { framesAround, isFrame, type WorkflowDocument } from "../graph/document";
import { Registry } from "../graph/registry";
import { contains, grown, overlaps, type Rect, union } from "../view/geometry";
import { templates } from "./catalogue";
import { FIRST } from "./templates";

/** Between two cards there is room for a link that goes around. */
const APART = 30;

const maker = new SceneMaker(registry());
const examples = templates().map(({ name, document }) => ({ name, document: withIds(document) }));

describe.each(examples)("$name", ({ document }) => {
  const scene = maker.make(document);

  it("says where each node stands", () => {
    expect(Object.keys(document.ui?.positions ?? {}).sort()).toEqual(Object.keys(document.nodes).sort());
  });

  it("has no card on or close to another", () => {
    expect(closer(document, scene, APART)).toEqual([]);
  });

  it("is tidied up without a card on another, or on a note", () => {
    const positions = Object.fromEntries(arrange(document, scene));
    expect(closer(document, maker.make({ ...document, ui: { ...document.ui, positions } }), 0)).toEqual([]);
  });

  it("has in its loops what is theirs", () => {
    const outside: string[] = [];
    for (const node of scene.nodes)
      for (const frame of node.kind === "card" || node.kind === "frame"
        ? framesAround(document, node.id)
        : [])
        if (!holds(rectOf(scene, frame), node.rect)) outside.push(`${node.id} of ${frame}`);
    expect(outside).toEqual([]);
  });

  it("reads from left to right, and downwards", () => {
    const backwards: string[] = [];
    for (const { link } of scene.edges) {
      const around = framesAround(document, link.node);
      if (link.slot.kind === "next" || link.slot.kind === "collect" || link.slot.kind === "until") continue;
      if (link.source.node === link.node || around.includes(link.source.node)) continue;
      const from = rectOf(scene, link.source.node);
      const to = rectOf(scene, link.node);
      if (from.x >= to.x && from.y + from.height > to.y) backwards.push(`${link.source.node} → ${link.node}`);
    }
    expect(backwards).toEqual([]);
  });
});

/** The pairs that have less than this between them. */
function closer(document: WorkflowDocument, scene: Scene, apart: number): string[] {
  const close: string[] = [];
  for (const [at, a] of scene.nodes.entries())
    for (const b of scene.nodes.slice(at + 1))
      if (!nested(document, a, b) && overlaps(grown(a.rect, apart / 2), grown(b.rect, apart / 2)))
        close.push(`${a.id} and ${b.id}`);
  return close;
}

it("shows the first example whole, and large enough to read, on a small laptop", () => {
  const document = examples.find((one) => one.name === FIRST)?.document as WorkflowDocument;
  const all = union(maker.make(document).nodes.map((one) => one.rect)) as Rect;
  const stage = { width: 1280 - 45, height: 720 - 48 };
  const zoom = Math.min((stage.width - 40) / all.width, (stage.height - 40) / all.height);
  expect(zoom).toBeGreaterThan(0.65);
});

it("tells of two cards that overlap", () => {
  const [first] = examples;
  const document = first?.document as WorkflowDocument;
  const positions = Object.fromEntries(
    Object.keys(document.nodes).map((id) => [id, [0, 0] as [number, number]]),
  );
  const { nodes } = maker.make({ ...document, ui: { ...document.ui, positions } });
  const cards = nodes.filter((one) => one.kind === "card");
  expect(cards.some((a) => cards.some((b) => a !== b && overlaps(a.rect, b.rect)))).toBe(true);
});

function nested(document: WorkflowDocument, a: SceneNode, b: SceneNode): boolean {
  const inside = (one: SceneNode, frame: SceneNode): boolean =>
    document.nodes[one.id] !== undefined &&
    isFrame(document.nodes[frame.id]) &&
    framesAround(document, one.id).includes(frame.id);
  return inside(a, b) || inside(b, a);
}

function rectOf(scene: Scene, id: string): Rect {
  const found = scene.byId.get(id);
  if (found === undefined) throw new Error(`${id} is not drawn`);
  return found.rect;
}

function holds(outer: Rect, { x, y, width, height }: Rect): boolean {
  return contains(outer, [x, y]) && contains(outer, [x + width, y + height]);
}

/** Notes get their names from the server when a document is kept there. */
function withIds(document: WorkflowDocument): WorkflowDocument {
  const notes = (document.ui?.notes ?? []).map((note, at) => ({ ...note, id: `n${at}` }));
  return { ...document, ui: { ...document.ui, notes } };
}

/** The node types as the product itself tells of them: what is tested is how large their cards are. */
function registry(): Registry {
  const loom = process.env.LOOM ?? resolve(import.meta.dirname, "../../../.venv/bin/loom");
  const nodes = JSON.parse(execFileSync(loom, ["nodes", "--json"], { encoding: "utf8", maxBuffer: 1 << 26 }));
  return new Registry({
    digest: "",
    nodes,
    conversions: [],
    types: [],
    failures: [],
  } as unknown as NodeTypes);
}
