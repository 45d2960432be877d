/** Drawing links: what fits is linked; dropped on empty canvas, a search opens for nodes that fit. */
import type { Connection, FinalConnectionState, OnConnectStartParams } from "@xyflow/react";
import { useMemo } from "react";
import { useApp } from "../app/context";
import { canConnect, connect } from "../document/edits";
import type { LinkFlowEdge } from "./LinkEdge";
import { beginLink } from "./linking";

export function useConnecting() {
  const app = useApp();
  return useMemo(
    () => ({
      isValidConnection: (asked: Connection | LinkFlowEdge) => {
        const ends = endsOf(asked);
        return ends !== null && canConnect(app.document.document, app.registry, ends.from, ends.to);
      },
      onConnect: (asked: Connection) => {
        const ends = endsOf(asked);
        if (ends === null) return;
        const operations = connect(app.document.document, app.registry, ends.from, ends.to);
        if (operations !== null) app.document.edit(...operations);
      },
      onConnectStart: (_: unknown, { nodeId, handleId, handleType }: OnConnectStartParams) => {
        if (nodeId === null || handleId === null) return;
        const role = handleType === "source" ? "output" : "input";
        beginLink(app, { node: nodeId, handle: handleId }, role, false);
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

function endsOf({ source, target, sourceHandle, targetHandle }: Connection | LinkFlowEdge) {
  if (!sourceHandle || !targetHandle) return null;
  return { from: { node: source, handle: sourceHandle }, to: { node: target, handle: targetHandle } };
}

function isPane(event: MouseEvent | TouchEvent): boolean {
  const point = "changedTouches" in event ? event.changedTouches[0] : event;
  const under = point === undefined ? null : document.elementFromPoint(point.clientX, point.clientY);
  return under?.closest(".react-flow__pane, .react-flow__background, .frame") !== null;
}
