/** The whole editor around the canvas. */
import { lazy, Suspense, useEffect } from "react";
import { Announcer } from "../a11y/Announcer";
import { TouchBar } from "../a11y/TouchBar";
import { useKeyboardRoom } from "../a11y/useKeyboardRoom";
import { useApp, useDocument, useResults, useUi } from "../app/context";
import { Canvas } from "../canvas/Canvas";
import { useCommandKeys } from "../commands/keys";
import { prefixOf } from "../document/inside";
import { useFormShown } from "../panels/form/ViewSwitch";
import { Overlays, StageOverlays } from "../panels/Overlays";
import { Breadcrumb } from "../tools/Breadcrumb";
import { Tools } from "../tools/Tools";
import { Asked } from "./Asked";
import { Banner } from "./Banner";
import { Dock } from "./Dock";
import { EmptyState } from "./EmptyState";
import { Toasts } from "./Toasts";
import { TopBar } from "./TopBar";
import { useTheme } from "./useTheme";
import "./shell.css";
import "./dock.css";
import "./begin.css";
import "./search.css";
import "./help.css";

const Form = lazy(async () => ({ default: (await import("../panels/form/Form")).Form }));

const Versions = lazy(() => import("../panels/versions/Versions"));

export function Editor() {
  const app = useApp();
  const name = useDocument((state) => state.name);
  const place = useDocument((state) => `${state.name}/${prefixOf(state.inside)}`);
  const panel = useUi((state) => state.panel);
  const form = useFormShown();
  const versions = useResults((state) => state.versions !== null);
  useTheme();
  useCommandKeys();
  useKeyboardRoom();
  useEffect(() => {
    const again = (): void => app.document.retry();
    addEventListener("online", again);
    return () => removeEventListener("online", again);
  }, [app]);
  return (
    <div className="editor" data-panel={panel !== null}>
      <TopBar />
      <Banner />
      <Dock />
      <main className="stage" aria-label="canvas">
        <Suspense>
          {name !== null && (versions ? <Versions /> : form ? <Form key={name} /> : <Canvas key={place} />)}
        </Suspense>
        {!form && !versions && <Breadcrumb />}
        <EmptyState />
        {!form && !versions && name !== null && <TouchBar />}
        <StageOverlays />
      </main>
      <Asked />
      <Tools />
      <Overlays />
      <Toasts />
      <Announcer />
    </div>
  );
}
