/** What lies over the editor: each part is loaded and shown when its state asks for it. */
import { lazy, Suspense } from "react";
import { useResults, useUi } from "../app/context";
import { Tour } from "../shell/Tour";
import { FileDrop } from "./files/FileDrop";
import { useFormShown } from "./form/ViewSwitch";
import "./panels.css";

const Compare = lazy(async () => ({ default: (await import("./compare/Compare")).Compare }));
const GridView = lazy(async () => ({ default: (await import("./explore/GridView")).GridView }));
const Legend = lazy(async () => ({ default: (await import("./times/Legend")).Legend }));
const Lightbox = lazy(async () => ({ default: (await import("./gallery/Lightbox")).Lightbox }));
const MaskEditor = lazy(async () => ({ default: (await import("./mask/MaskEditor")).MaskEditor }));

export function Overlays() {
  const lightbox = useResults((state) => state.lightbox !== null);
  const mask = useResults((state) => state.mask !== null);
  return (
    <>
      <Suspense>
        {lightbox && <Lightbox />}
        {mask && <MaskEditor />}
      </Suspense>
      <FileDrop />
      <Tour />
    </>
  );
}

/** What lies over the canvas or the form, and not over the rest. */
export function StageOverlays() {
  const grid = useResults((state) => state.grid !== null);
  const comparing = useResults((state) => state.comparing);
  const heat = useUi((state) => state.heat);
  const form = useFormShown();
  return (
    <Suspense>
      {heat && !form && <Legend />}
      {grid && <GridView />}
      {comparing && <Compare />}
    </Suspense>
  );
}
