/** Drawing links: what fits is linked; dropped on empty canvas, a search opens for nodes that fit. */
import type { Connection, FinalConnectionState, OnConnectStartParams } from "@xyflow/react";
import { useMemo } from "react";
import { useApp } from "../app/context";
import type { App } from "../app/services";
import { canConnect, connect } from "../document/edits";
import type { LinkFlowEdge } from "./LinkEdge";
import { beginLink } from "./linking";
import { BRANCH } from "./RerouteDot";
import { branched, outputOf } from "./rerouting";

export function useConnecting() {
  const app = useApp();
  return useMemo(
    () => ({
      isValidConnection: (asked: Connection | LinkFlowEdge) => {
        const ends = endsOf(app, asked);
        return ends !== null && canConnect(app.document.document, app.registry, ends.from, ends.to);
      },
      onConnect: (asked: Connection) => {
        const ends = endsOf(app, asked);
        if (ends === null) return;
        const { document } = app.document;
        const operations = connect(document, app.registry, ends.from, ends.to);
        if (operations === null) return;
        const { through } = ends;
        app.document.edit(
          ...(through === null ? operations : branched(document, operations, through, ends.to)),
        );
      },
      onConnectStart: (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) => {
        if (nodeId === null || handleId === null) return;
        const role = handleType === "source" ? "output" : "input";
        const branch = handleId === BRANCH ? outputOf(app.scene(), nodeId) : null;
        if (branch !== null) beginLink(app, branch, "output", false, nodeId);
        else beginLink(app, { node: nodeId, handle: handleId }, role, false);
      },
      onConnectEnd: (event: MouseEvent | TouchEvent, state: FinalConnectionState) => {
        const { connecting: link } = app.view.getState();
        app.view.setState({ connecting: null });
        if (link === null || state.toNode !== null || !isPane(event)) return;
        const point = "changedTouches" in event ? event.changedTouches[0] : event;
        if (point === undefined) return;
        const screen: [number, number] = [point.clientX, point.clientY];
        const canvas = app.canvas.current?.toCanvas(screen) ?? [0, 0];
        app.ui.setState({ addSearch: { screen, canvas, link } });
      },
    }),
    [app],
  );
}

/** The sockets of a link that was drawn; from a reroute it begins at the output, and is led `through` that. */
function endsOf(app: App, { source, target, sourceHandle, targetHandle }: Connection | LinkFlowEdge) {
  if (!sourceHandle || !targetHandle) return null;
  const through = sourceHandle === BRANCH ? source : null;
  const from = through === null ? { node: source, handle: sourceHandle } : outputOf(app.scene(), source);
  return from === null ? null : { from, to: { node: target, handle: targetHandle }, through };
}

function isPane(event: MouseEvent | TouchEvent): boolean {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  const under = point === undefined ? null : document.elementFromPoint(point.clientX, point.clientY);
  return under?.closest(".react-flow__pane, .react-flow__background, .frame") !== null;
}
