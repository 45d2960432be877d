/** The canvas: React Flow as a view of the scene when near, a painted layer when far. */
import { Background, BackgroundVariant, ReactFlow, ReactFlowProvider, SelectionMode } from "@xyflow/react";
import "@xyflow/react/dist/base.css";
import { useEffect, useMemo, useState } from "react";
import { CANVAS_STOP, KeyboardStop } from "../a11y/KeyboardStop";
import { LongPress } from "../a11y/LongPress";
import { TapLinks } from "../a11y/TapLinks";
import { useApp, useDocument, useView } from "../app/context";
import { FarLayer } from "./FarLayer";
import { FoldedFrame } from "./FoldedFrame";
import { bent, FlowEdges, FlowNodes } from "./flowNodes";
import { Guides } from "./Guides";
import { LinkCard } from "./LinkCard";
import { LinkEdge } from "./LinkEdge";
import { LoopFrame } from "./LoopFrame";
import { MiniMap } from "./MiniMap";
import { GRID } from "./measures";
import { NodeCard } from "./NodeCard";
import { GroupBox, NoteCard } from "./NoteCard";
import { RerouteDot } from "./RerouteDot";
import { bendsOf } from "./routes";
import { dragged } from "./scene";
import { useCanvasControls } from "./useCanvasControls";
import { useConnecting } from "./useConnecting";
import { useDragging } from "./useDragging";
import { useFar } from "./useFar";
import { useLinkHover } from "./useLinkHover";
import { useMenus } from "./useMenus";
import { usePainted } from "./usePainted";
import "./canvas.css";
import "./card.css";
import "./frame.css";
import "./heat.css";

const NODE_TYPES = {
  card: NodeCard,
  frame: LoopFrame,
  folded: FoldedFrame,
  note: NoteCard,
  group: GroupBox,
  reroute: RerouteDot,
};
const EDGE_TYPES = { link: LinkEdge };
const PAN_BUTTONS = [1, 2];
const NONE: never[] = [];

export function Canvas() {
  return (
    <ReactFlowProvider>
      <Inner />
    </ReactFlowProvider>
  );
}

function Inner() {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const drag = useView((state) => state.drag);
  const selection = useView((state) => state.selection);
  const far = useView((state) => state.far);
  const [makers] = useState(() => ({ nodes: new FlowNodes(), edges: new FlowEdges() }));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scene is that of `document`
  const base = useMemo(() => app.scene(), [app, document]);
  const scene = useMemo(() => (drag === null ? base : dragged(base, drag)), [base, drag]);
  const nodes = useMemo(
    () => (far ? NONE : makers.nodes.of(scene, selection)),
    [makers, scene, selection, far],
  );
  const bends = useMemo(() => bendsOf(scene), [scene]);
  const drawn = useMemo(
    () => (far ? NONE : makers.edges.of(base, document, app.registry, selection)),
    [makers, base, document, app.registry, selection, far],
  );
  const edges = useMemo(() => bent(drawn, bends), [drawn, bends]);
  useCanvasControls(base);
  const dragging = useDragging(base);
  const connecting = useConnecting();
  const menus = useMenus();
  const hover = useLinkHover();
  useFar();
  const painted = usePainted(far, scene.nodes.length === 0);
  useEffect(
    () => () => app.view.setState({ far: false, drag: null, guides: [], connecting: null, link: null }),
    [app],
  );
  return (
    <div className="canvas" data-far={far} data-looking={app.looking} data-testid="canvas" {...CANVAS_STOP}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onlyRenderVisibleElements
        minZoom={0.05}
        maxZoom={2.5}
        nodesDraggable={!app.looking}
        nodesConnectable={!app.looking}
        selectionOnDrag
        selectionMode={SelectionMode.Partial}
        panOnDrag={PAN_BUTTONS}
        panOnScroll
        zoomOnDoubleClick={false}
        edgesFocusable={false}
        nodesFocusable={false}
        disableKeyboardA11y
        elevateNodesOnSelect={false}
        deleteKeyCode={null}
        selectionKeyCode={null}
        multiSelectionKeyCode={["Shift", "Meta", "Control"]}
        panActivationKeyCode={null}
        connectionRadius={28}
        connectOnClick={false}
        connectionDragThreshold={5}
        proOptions={{ hideAttribution: true }}
        {...dragging}
        {...connecting}
        {...menus}
        {...hover}
      >
        <Background
          variant={BackgroundVariant.Dots}
          gap={GRID * 1.5}
          size={1.4}
          color="var(--dots)"
          bgColor="var(--canvas)"
        />
      </ReactFlow>
      <Guides />
      {painted && <FarLayer scene={scene} active={far} />}
      <MiniMap scene={scene} />
      <LinkCard />
      <LongPress />
      {!app.looking && <TapLinks />}
      <KeyboardStop />
    </div>
  );
}
