/** Which link the pointer rests on; a moment of rest, so that nothing flickers on the way across. */
import type { Edge } from "@xyflow/react";
import { type MouseEvent, useEffect, useMemo } from "react";
import { useApp } from "../app/context";
import { linkIn } from "./LinkEdge";

const REST = 140; // ms

export function useLinkHover() {
  const app = useApp();
  const handlers = useMemo(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const leave = (): void => {
      clearTimeout(timer);
      if (app.view.getState().link !== null) app.view.setState({ link: null });
    };
    return {
      onEdgeMouseEnter: (event: MouseEvent, edge: Edge) => {
        leave();
        const id = linkIn(edge.id);
        const screen: [number, number] = [event.clientX, event.clientY];
        timer = setTimeout(() => app.view.setState({ link: { id, screen } }), REST);
      },
      onEdgeMouseLeave: leave,
      onMoveStart: leave,
    };
  }, [app]);
  useEffect(() => handlers.onEdgeMouseLeave, [handlers]);
  return handlers;
}
