/**
 * The canvas is one stop of the Tab key. Inside it arrows go from node to node, Enter goes into a node, Escape comes back
 * out of it, and Tab leaves the canvas from a node as well as from the last control of one.
 */
import { useEffect, useRef } from "react";
import { useApp } from "../app/context";
import { isComposing } from "../commands/keys";
import { CONTROLS, currentNode, elementOf, focusNode, go } from "./focus";

/** For the canvas' element, which also is what Tab comes to first. */
export const CANVAS_STOP = {
  tabIndex: 0,
  role: "group",
  "aria-label": "graph",
  "aria-describedby": "canvas-keys",
} as const;

const WRAPPER = "react-flow__node";
const COMING = 1500; // ms until a node that was chosen is drawn
const SETTLED = 400;

export function KeyboardStop() {
  const app = useApp();
  const end = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const last = end.current;
    const canvas = last?.closest<HTMLElement>(".canvas");
    if (!last || !canvas) return;
    let keyboard = false;
    let tabbing = false;
    let wanted: { id: string; until: number } | null = null;

    const enter = (): void => {
      const at = currentNode(app);
      if (at === null) go(app, "right");
      else focusNode(app, at);
    };
    /** A field that lets go of the keyboard by Escape gives it to its node. */
    const comeOut = (target: EventTarget | null): void => {
      const wrapper = target instanceof Element ? target.closest<HTMLElement>(`.${WRAPPER}`) : null;
      if (wrapper === null || wrapper === target || !canvas.contains(wrapper)) return;
      setTimeout(() => {
        if (document.activeElement === document.body) wrapper.focus({ preventScroll: true });
      });
    };
    const pressed = (event: KeyboardEvent): void => {
      keyboard = true;
      tabbing = event.key === "Tab";
      if (tabbing) setTimeout(() => (tabbing = false));
      if (event.key === "Escape" && !isComposing(event)) comeOut(event.target);
      if (!tabbing || !(event.target instanceof HTMLElement) || !canvas.contains(event.target)) return;
      const wrapper = event.target.closest<HTMLElement>(`.${WRAPPER}`);
      const controls = [...(wrapper?.querySelectorAll<HTMLElement>(CONTROLS.join()) ?? [])].filter((one) =>
        one.checkVisibility(),
      );
      if (event.shiftKey) {
        if (event.target === wrapper) canvas.focus();
        else if (event.target === controls[0]) {
          event.preventDefault();
          wrapper?.focus({ preventScroll: true });
        }
      } else if (wrapper !== null && (event.target === wrapper || event.target === controls.at(-1)))
        last.focus();
    };
    const pointed = (): void => {
      keyboard = false;
    };
    const focused = (event: FocusEvent): void => {
      const from = event.relatedTarget;
      const outside = !(from instanceof Node) || !canvas.contains(from);
      canvas.tabIndex = -1;
      if (!(event.target instanceof HTMLElement)) return;
      if (outside && tabbing && event.target !== last) enter();
      else if (keyboard && event.target.classList.contains(WRAPPER)) arrived(event.target.dataset.id ?? "");
    };
    /** A dialog that closes gives the keyboard back to where it was: not there, if another node was chosen in it. */
    const arrived = (id: string): void => {
      const now = performance.now();
      if (wanted !== null && now < wanted.until) {
        if (wanted.id === id) wanted.until = now + SETTLED;
        else elementOf(wanted.id)?.focus({ preventScroll: true });
      } else if (!app.view.getState().selection.has(id)) app.view.setState({ selection: new Set([id]) });
    };
    const left = (event: FocusEvent): void => {
      if (!(event.relatedTarget instanceof Node) || !canvas.contains(event.relatedTarget))
        canvas.tabIndex = 0;
    };
    const off = app.view.subscribe((state, was) => {
      const [only] = state.selection;
      if (!keyboard || state.selection === was.selection || only === undefined || state.selection.size > 1)
        return;
      const { activeElement } = document;
      const free =
        activeElement === null ||
        activeElement === document.body ||
        activeElement === canvas ||
        activeElement.classList.contains(WRAPPER) ||
        activeElement.closest('[role="dialog"], [role="menu"]') !== null;
      if (!free) return;
      wanted = { id: only, until: performance.now() + COMING };
      focusNode(app, only);
    });
    addEventListener("keydown", pressed, true);
    addEventListener("pointerdown", pointed, true);
    canvas.addEventListener("focusin", focused);
    canvas.addEventListener("focusout", left);
    return () => {
      off();
      removeEventListener("keydown", pressed, true);
      removeEventListener("pointerdown", pointed, true);
      canvas.removeEventListener("focusin", focused);
      canvas.removeEventListener("focusout", left);
    };
  }, [app]);
  return (
    <>
      <span id="canvas-keys" hidden>
        Arrow keys go from node to node. Enter goes into a node, Escape comes out of it. L makes links, Shift
        and A adds a node, F1 explains one.
      </span>
      <span ref={end} tabIndex={-1} className="hidden-text" aria-hidden="true" />
    </>
  );
}
