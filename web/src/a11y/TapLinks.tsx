/** Links by two taps: on a socket, then on one that fits. For fingers, and for hands that cannot drag. */
import { useEffect, useRef } from "react";
import { useApp } from "../app/context";
import type { App } from "../app/services";
import { beginLink, endLink, fitOf } from "../canvas/linking";
import type { End } from "../document/edits";
import { lookOf, titleOf } from "../graph/document";
import type { Connecting } from "../view/viewState";
import { announce } from "./announce";

const REACH = 22; // px: 44 around a socket for a finger
const APART = 18; // px: sockets nearer to each other are told apart by a list
const STILL = 10; // px that a tap may move
const CONTROL = "input, textarea, select, button, a, [role=slider]";

interface Near {
  end: End;
  role: Connecting["from"];
  away: number;
  x: number;
  y: number;
}

export function TapLinks() {
  const app = useApp();
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const canvas = mark.current?.closest<HTMLElement>(".canvas");
    if (!canvas) return;
    let down: { x: number; y: number; touch: boolean } | null = null;
    const pressed = (event: PointerEvent): void => {
      down = { x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" };
    };
    const click = (event: MouseEvent): void => {
      const { target, clientX: x, clientY: y } = event;
      if (event.defaultPrevented || down === null || !(target instanceof Element)) return;
      if (Math.hypot(x - down.x, y - down.y) > STILL || target.closest(CONTROL) !== null) return;
      const near = socketsNear(canvas, target, x, y, down.touch);
      const node = target.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? null;
      const { connecting } = app.view.getState();
      const taken = connecting === null ? begin(app, near) : end(app, connecting, near, node);
      if (!taken && down.touch && target.classList.contains("react-flow__pane"))
        app.view.setState({ selection: new Set() }); // React Flow does so for a mouse alone
      if (!taken) return;
      event.preventDefault();
      event.stopPropagation();
    };
    canvas.addEventListener("pointerdown", pressed, true);
    canvas.addEventListener("click", click, true);
    return () => {
      canvas.removeEventListener("pointerdown", pressed, true);
      canvas.removeEventListener("click", click, true);
    };
  }, [app]);
  return <span ref={mark} hidden />;
}

/** A first tap; sockets too near to each other to be told apart by a finger are shown as a list. */
function begin(app: App, [first, second]: Near[]): boolean {
  if (first === undefined) return false;
  const crowded = second !== undefined && Math.hypot(first.x - second.x, first.y - second.y) < APART;
  if (crowded) {
    app.view.setState({ selection: new Set([first.end.node]) });
    app.ui.setState({ links: first.end.node });
    return true;
  }
  beginLink(app, first.end, first.role, true);
  announce(app, "A link has begun. Tap a socket that fits");
  return true;
}

/** A second tap: on a socket that fits, or anywhere on a node that has a single one. Elsewhere it ends without a link. */
function end(app: App, begun: Connecting, near: Near[], node: string | null): boolean {
  const fits = (one: Near) => fitOf(app, begun, one.end, one.role);
  const found = near.find((one) => fits(one) !== "no");
  if (found !== undefined) {
    app.view.setState({ connecting: null });
    if (fits(found) === "yes") endLink(app, begun, found.end);
    return true;
  }
  if (node === null) {
    app.view.setState({ connecting: null });
    return true;
  }
  const [only, ...others] = socketsOfNode(app, node).filter(
    (one) => fitOf(app, begun, one.end, one.role) === "yes",
  );
  const title = titleOf(node, lookOf(app.document.document, node));
  if (only === undefined) app.tell(`No socket of ${title} fits`, "note");
  else if (others.length > 0) {
    app.canvas.current?.fit([node]);
    app.tell(`${others.length + 1} sockets of ${title} fit: tap one`, "note");
  } else {
    app.view.setState({ connecting: null });
    endLink(app, begun, only.end);
  }
  return true;
}

/** The sockets that a tap may mean, the nearest first: for a mouse, the one it is on. */
function socketsNear(canvas: HTMLElement, target: Element, x: number, y: number, touch: boolean): Near[] {
  const on = target.closest<HTMLElement>(".react-flow__handle");
  const all = touch
    ? [...canvas.querySelectorAll<HTMLElement>(".react-flow__handle")]
    : on === null
      ? []
      : [on];
  const found = all.flatMap((element): Near[] => {
    const box = element.getBoundingClientRect();
    const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
    const away = Math.hypot(at.x - x, at.y - y);
    const { nodeid, handleid } = element.dataset;
    if (nodeid === undefined || handleid === undefined || (touch && away > REACH)) return [];
    const role = element.classList.contains("source") ? "output" : "input";
    return [{ end: { node: nodeid, handle: handleid }, role, away, ...at }];
  });
  return found.sort((a, b) => a.away - b.away);
}

function socketsOfNode(app: App, node: string): { end: End; role: Connecting["from"] }[] {
  const scene = app.scene().byId.get(node);
  if (scene?.kind !== "card") return [];
  return scene.layout.ports.map(({ id, side }) => ({
    end: { node, handle: id },
    role: side === "left" ? "input" : "output",
  }));
}
