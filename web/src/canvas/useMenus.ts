/** Context menus and double clicks on the canvas. */
import { type MouseEvent as ReactMouseEvent, useMemo } from "react";
import { useApp } from "../app/context";
import type { App } from "../app/services";
import type { Point } from "../view/geometry";
import type { FlowNode } from "./flowNodes";
import { type LinkFlowEdge, linkIn } from "./LinkEdge";
import { REROUTE } from "./rerouting";

export function useMenus() {
  const app = useApp();
  return useMemo(() => {
    const open = (event: MouseEvent | ReactMouseEvent, node: string | null): void => {
      event.preventDefault();
      const screen: Point = [event.clientX, event.clientY];
      const canvas = app.canvas.current?.toCanvas(screen) ?? [0, 0];
      if (node !== null && !app.view.getState().selection.has(node))
        app.view.setState({ selection: new Set([node]) });
      app.ui.setState({ menu: { screen, canvas, node, input: inputUnder(event.target) } });
    };
    return {
      onPaneContextMenu: (event: MouseEvent | ReactMouseEvent) => open(event, null),
      onNodeContextMenu: (event: ReactMouseEvent, node: FlowNode) => open(event, node.id),
      onEdgeContextMenu: (event: ReactMouseEvent, edge: LinkFlowEdge) =>
        openOnLink(app, linkIn(edge.id), [event.clientX, event.clientY], event),
      onEdgeDoubleClick: (event: ReactMouseEvent, edge: LinkFlowEdge) => {
        const id = linkIn(edge.id);
        app.view.setState({
          selection: new Set([`edge:${id}`]),
          link: { id, screen: [event.clientX, event.clientY] },
        });
        app.commands.run("reroute.add", app);
      },
      onNodeDoubleClick: (event: ReactMouseEvent, node: FlowNode) => {
        const head = event.target instanceof Element && event.target.closest(".card-head") !== null;
        if (!head) return;
        app.view.setState({ selection: new Set([node.id]) });
        app.commands.run("subgraph.open", app);
      },
      onDoubleClick: (event: ReactMouseEvent) => {
        if (!(event.target instanceof Element) || !event.target.classList.contains("react-flow__pane"))
          return;
        if (app.looking) return;
        const screen: Point = [event.clientX, event.clientY];
        const canvas = app.canvas.current?.toCanvas(screen) ?? [0, 0];
        app.ui.setState({ addSearch: { screen, canvas, link: null } });
      },
    };
  }, [app]);
}

/** The menu of a link, which is selected by it; a point that is selected stays, so that the link can be led through it. */
export function openOnLink(app: App, edge: string, screen: Point, event?: ReactMouseEvent): void {
  event?.preventDefault();
  const canvas = app.canvas.current?.toCanvas(screen) ?? [0, 0];
  const points = [...app.view.getState().selection].filter((id) => id.startsWith(REROUTE));
  app.view.setState({ selection: new Set([...points, `edge:${edge}`]), link: null });
  app.ui.setState({ menu: { screen, canvas, node: null, input: null, edge } });
}

/** The input whose row or socket is there. */
function inputUnder(target: EventTarget | null): string | null {
  if (!(target instanceof Element)) return null;
  const socket = target.closest<HTMLElement>('[data-handleid^="i:"]')?.dataset.handleid?.slice(2);
  return socket ?? target.closest<HTMLElement>("[data-input]")?.dataset.input ?? null;
}
