/** Copy, cut and paste as the browser tells of them: on the canvas they are about nodes, in fields about text. */
import { useEffect } from "react";
import { useApp } from "../app/context";
import { isField } from "../commands/keys";
import type { Point } from "../view/geometry";
import { readClip } from "./clip";
import { copied, pasteClip, removeSelection } from "./clipboard";

export function useClipboard(): void {
  const app = useApp();
  useEffect(() => {
    let pointer: Point | null = null;
    const follow = (event: PointerEvent): void => {
      const over = event.target instanceof Element && event.target.closest(".react-flow") !== null;
      pointer = over ? [event.clientX, event.clientY] : null;
    };
    const take = (event: ClipboardEvent): void => {
      if (event.defaultPrevented || isField(event.target) || getSelection()?.isCollapsed === false) return;
      const text = copied(app);
      if (text === null) return;
      event.clipboardData?.setData("text/plain", text);
      event.preventDefault();
      if (event.type === "cut") removeSelection(app);
    };
    const put = (event: ClipboardEvent): void => {
      if (event.defaultPrevented || isField(event.target)) return;
      const clip = readClip(event.clipboardData?.getData("text/plain") ?? "");
      if (clip === null) return;
      event.preventDefault();
      const canvas = app.canvas.current;
      pasteClip(
        app,
        clip,
        pointer === null ? (canvas?.centre() ?? null) : (canvas?.toCanvas(pointer) ?? null),
      );
    };
    addEventListener("pointermove", follow);
    document.addEventListener("copy", take);
    document.addEventListener("cut", take);
    document.addEventListener("paste", put);
    return () => {
      removeEventListener("pointermove", follow);
      document.removeEventListener("copy", take);
      document.removeEventListener("cut", take);
      document.removeEventListener("paste", put);
    };
  }, [app]);
}
