/** The context menu for a finger that stays, and for the right button that did not drag. */
import { useEffect, useRef } from "react";
import { useApp } from "../app/context";
import { linkIn } from "../canvas/LinkEdge";
import { openOnLink } from "../canvas/useMenus";
import { isField } from "../commands/keys";
import { contains, type Point } from "../view/geometry";

const HOLD = 500; // ms
const STILL = 10; // pixels
const AFTER = 600; // ms in which the click of the same finger means nothing

export function LongPress() {
  const app = useApp();
  const mark = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const canvas = mark.current?.closest<HTMLElement>(".canvas");
    if (!canvas) return;
    let held: { id: number; at: Point; timer: ReturnType<typeof setTimeout> | undefined } | null = null;
    let opened = Number.NEGATIVE_INFINITY;

    const open = (screen: Point): void => {
      const under = document.elementFromPoint(...screen);
      if (under === null || !canvas.contains(under)) return;
      const point = app.canvas.current?.toCanvas(screen) ?? [0, 0];
      const node = nodeAt(under) ?? (app.view.getState().far ? farNode(point) : null);
      const edge = under.closest<HTMLElement>(".react-flow__edge")?.dataset.id;
      if (edge !== undefined) return openOnLink(app, linkIn(edge), screen);
      if (node !== null && !app.view.getState().selection.has(node))
        app.view.setState({ selection: new Set([node]) });
      const input = under.closest<HTMLElement>("[data-input]")?.dataset.input ?? null;
      app.ui.setState({ menu: { screen, canvas: point, node, input } });
    };
    const farNode = (point: Point): string | null => {
      const hits = app.scene().nodes.filter((one) => contains(one.rect, point));
      return hits.sort((a, b) => a.rect.width * a.rect.height - b.rect.width * b.rect.height)[0]?.id ?? null;
    };
    const drop = (): void => {
      clearTimeout(held?.timer);
      held = null;
    };
    const down = (event: PointerEvent): void => {
      opened = Number.NEGATIVE_INFINITY;
      const second = held !== null && event.pointerType === "touch";
      drop();
      if (second || isField(event.target)) return;
      const at: Point = [event.clientX, event.clientY];
      const id = event.pointerId;
      if (event.pointerType === "touch") {
        const timer = setTimeout(() => {
          held = null;
          opened = performance.now();
          open(at);
        }, HOLD);
        held = { id, at, timer };
      } else if (event.button === 2 && nodeAt(event.target as Element) === null) {
        held = { id, at, timer: undefined };
      }
    };
    /** The browser has found a long press itself: it takes the finger away after this. */
    const found = (event: MouseEvent): void => {
      if (held?.timer === undefined) return;
      const { at } = held;
      drop();
      opened = performance.now();
      event.preventDefault();
      event.stopPropagation();
      open(at);
    };
    const move = (event: PointerEvent): void => {
      if (held === null || held.id !== event.pointerId) return;
      if (Math.hypot(event.clientX - held.at[0], event.clientY - held.at[1]) > STILL) drop();
    };
    const up = (event: PointerEvent): void => {
      const here = held;
      drop();
      if (here !== null && event.button === 2 && here.timer === undefined) open(here.at);
    };
    /** Without this the browser makes a mouse of the finger that lifts, which takes the focus from the menu. */
    const lifted = (event: TouchEvent): void => {
      if (performance.now() - opened < AFTER * 10 && event.cancelable) event.preventDefault();
    };
    const click = (event: MouseEvent): void => {
      if (performance.now() - opened > AFTER) return;
      opened = Number.NEGATIVE_INFINITY;
      event.preventDefault();
      event.stopPropagation();
    };
    canvas.addEventListener("pointerdown", down, true);
    addEventListener("pointermove", move, true);
    addEventListener("pointerup", up, true);
    addEventListener("pointercancel", drop, true);
    canvas.addEventListener("contextmenu", found, true);
    canvas.addEventListener("touchend", lifted, { capture: true, passive: false });
    canvas.addEventListener("click", click, true);
    return () => {
      drop();
      canvas.removeEventListener("pointerdown", down, true);
      removeEventListener("pointermove", move, true);
      removeEventListener("pointerup", up, true);
      removeEventListener("pointercancel", drop, true);
      canvas.removeEventListener("contextmenu", found, true);
      canvas.removeEventListener("touchend", lifted, true);
      canvas.removeEventListener("click", click, true);
    };
  }, [app]);
  return <span ref={mark} hidden />;
}

/** The node whose card, head or note is there; the ground of a loop is the canvas. */
function nodeAt(element: Element): string | null {
  return element.closest<HTMLElement>(".react-flow__node")?.dataset.id ?? null;
}
