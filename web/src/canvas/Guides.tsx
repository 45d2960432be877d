/** The lines that what is dragged has snapped to. */
import { ViewportPortal } from "@xyflow/react";
import { useView } from "../app/context";
import "./guides.css";

export function Guides() {
  const guides = useView((state) => state.guides);
  if (guides.length === 0) return null;
  return (
    <ViewportPortal>
      {guides.map(({ axis, at, from, to }) => (
        <span
          key={axis}
          className="guide"
          data-guide={axis}
          style={
            axis === "x"
              ? { left: at, top: from - 12, height: to - from + 24 }
              : { left: from - 12, top: at, width: to - from + 24 }
          }
        />
      ))}
    </ViewportPortal>
  );
}
