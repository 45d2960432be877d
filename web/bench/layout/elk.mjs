/** A scene laid out by ELK: in layers, loops as compound nodes, sockets where the cards have them. */
import { FRAME } from "../../src/canvas/measures.ts";
import { framesAround } from "../../src/graph/document.ts";
import { onLeft } from "./sockets.mjs";

const PADDING = `[top=${FRAME.head + FRAME.top},left=${FRAME.side},bottom=${FRAME.foot},right=${FRAME.side}]`;
const SMALLEST = { width: 420, height: FRAME.head + FRAME.foot + 160 }; // as frameRect
const FIXED = { "elk.portConstraints": "FIXED_POS" };

/** `placement`: how heights are chosen; `framePorts`: whether a loop's ports are told, or links end at the loop. */
export function elkLayout(ELK, { placement, framePorts }) {
  const elk = new ELK();
  const options = {
    "elk.algorithm": "layered",
    "elk.direction": "RIGHT",
    "elk.hierarchyHandling": "INCLUDE_CHILDREN",
    "elk.spacing.nodeNode": "36",
    "elk.layered.spacing.nodeNodeBetweenLayers": "76",
    "elk.layered.nodePlacement.strategy": placement,
  };
  return async (document, scene) => {
    const done = await elk.layout(graphOf(document, scene, options, framePorts));
    return new Map(placesIn(done, 0, 0));
  };
}

function graphOf(document, scene, options, framePorts) {
  const nodes = new Map(
    scene.nodes.map((one) => [one.id, one.kind === "frame" ? loop(one, options, framePorts) : card(one)]),
  );
  const children = [];
  for (const [id, node] of nodes) (nodes.get(document.nodes[id]?.in)?.children ?? children).push(node);
  const within = (node, frame) => node === frame || framesAround(document, node).includes(frame);
  const told = ({ source, target }) => framePorts || !(within(source, target) || within(target, source));
  const end = (node, handle) =>
    scene.byId.get(node).kind === "frame" && !framePorts ? node : `${node} ${handle}`;
  const edges = scene.edges.filter(told).map(({ id, source, sourceHandle, target, targetHandle }) => ({
    id,
    sources: [end(source, sourceHandle)],
    targets: [end(target, targetHandle)],
  }));
  return { id: "root", layoutOptions: options, children, edges };
}

function card(node) {
  const { id, rect } = node;
  const ports = portsOf(node, rect.width);
  return { id, width: rect.width, height: rect.height, ports, layoutOptions: FIXED };
}

/** Gaps are not inherited: each loop is told them again. */
function loop(node, options, framePorts) {
  return {
    id: node.id,
    ...SMALLEST,
    ports: framePorts ? portsOf(node, SMALLEST.width) : [],
    children: [],
    layoutOptions: {
      ...options,
      "elk.padding": PADDING,
      "elk.nodeSize.constraints": "MINIMUM_SIZE",
      "elk.nodeSize.minimum": `(${SMALLEST.width},${SMALLEST.height})`,
      ...(framePorts ? FIXED : {}),
    },
  };
}

function portsOf(node, width) {
  return node.handles.map((handle) => {
    const left = onLeft(node, handle);
    const layoutOptions = { "elk.port.side": left ? "WEST" : "EAST" };
    return { id: `${node.id} ${handle.id}`, x: left ? 0 : width, y: handle.y, layoutOptions };
  });
}

function* placesIn(node, left, top) {
  for (const one of node.children ?? []) {
    yield [one.id, [Math.round(left + one.x), Math.round(top + one.y)]];
    yield* placesIn(one, left + one.x, top + one.y);
  }
}
