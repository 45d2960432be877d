/**
 * From far to near: what is painted stays until the cards have been on the screen for one frame. A browser that draws many
 * new cards at once shows nothing in their place meanwhile.
 */
import { useStore } from "@xyflow/react";
import { useLayoutEffect, useState } from "react";

/** Whether the painted layer is shown. `empty`: there are no cards to wait for. */
export function usePainted(far: boolean, empty: boolean): boolean {
  const mounted = useStore((state) => state.nodes.length > 0);
  const [painted, setPainted] = useState(far);
  useLayoutEffect(() => {
    if (far) return setPainted(true);
    if (!mounted && !empty) return;
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => setPainted(false)); // the first one comes before the cards are drawn
    });
    return () => cancelAnimationFrame(frame);
  }, [far, mounted, empty]);
  return far || painted;
}
