/** A keyboard on the screen covers nothing: sheets stand above it; a card's field that is typed in comes near and stays in sight. */
import { useEffect } from "react";
import { useApp } from "../app/context";
import { isField } from "../commands/keys";
import { isCoarse } from "./coarse";

const MARGIN = 16;
const HEADROOM = 126; // px above the field: its node's head
const READABLE = 0.75; // the zoom below which nobody types with a finger

export function useKeyboardRoom(): void {
  const app = useApp();
  useEffect(() => {
    const seen = visualViewport;
    if (seen === null) return;
    const show = (): void => {
      const field = document.activeElement;
      const canvas = app.canvas.current;
      if (field === null || canvas === null || !isField(field) || field.closest(".canvas") === null) return;
      const stage = document.querySelector(".stage")?.getBoundingClientRect();
      if (stage === undefined) return;
      const { left, top, bottom, width } = field.getBoundingClientRect();
      const foot = Math.min(stage.bottom, seen.offsetTop + seen.height) - MARGIN;
      const view = canvas.view();
      if (isCoarse() && view.zoom < READABLE) {
        const [x, y] = canvas.toCanvas([left + width / 2, top]);
        canvas.goTo({ x: stage.width / 2 - x, y: HEADROOM - y, zoom: 1 });
      } else if (bottom > foot) {
        canvas.goTo({ ...view, y: view.y - Math.min(bottom - foot, top - stage.top - MARGIN) });
      }
    };
    const fit = (): void => {
      const covered = Math.max(0, innerHeight - seen.height - seen.offsetTop);
      if (seen.scale === 1)
        document.documentElement.style.setProperty("--keyboard", `${Math.round(covered)}px`);
      show();
    };
    seen.addEventListener("resize", fit);
    seen.addEventListener("scroll", fit);
    addEventListener("focusin", show);
    return () => {
      seen.removeEventListener("resize", fit);
      seen.removeEventListener("scroll", fit);
      removeEventListener("focusin", show);
    };
  }, [app]);
}
