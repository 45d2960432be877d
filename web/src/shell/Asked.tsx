/**
 * What opens when it is asked for. The two in which a person types at once are there from the start, so that the first
 * letter is not lost; menus, help, links and keys are loaded apart, as soon as the page rests.
 */
import { lazy, Suspense, useEffect } from "react";
import { useDocument, useUi } from "../app/context";
import { AddSearch } from "./AddSearch";
import { Palette } from "./Palette";

const parts = {
  ContextMenu: () => import("./ContextMenu"),
  Links: () => import("../a11y/Links"),
  Help: () => import("./Help"),
  KeysSheet: () => import("../a11y/KeysSheet"),
  FailureSheet: () => import("./FailureSheet"),
};
const ContextMenu = lazy(async () => ({ default: (await parts.ContextMenu()).ContextMenu }));
const Links = lazy(async () => ({ default: (await parts.Links()).Links }));
const Help = lazy(async () => ({ default: (await parts.Help()).Help }));
const KeysSheet = lazy(async () => ({ default: (await parts.KeysSheet()).KeysSheet }));
const FailureSheet = lazy(async () => ({ default: (await parts.FailureSheet()).FailureSheet }));

/** Safari has no requestIdleCallback. */
function whenAtRest(act: () => void): () => void {
  if (typeof requestIdleCallback !== "function") {
    const timer = setTimeout(act, 500);
    return () => clearTimeout(timer);
  }
  const request = requestIdleCallback(act, { timeout: 3000 });
  return () => cancelIdleCallback(request);
}

export function Asked() {
  const drawn = useDocument((state) => state.revision > 0);
  const search = useUi((state) => state.addSearch !== null);
  const menu = useUi((state) => state.menu !== null);
  const palette = useUi((state) => state.palette);
  const links = useUi((state) => state.links !== null);
  const help = useUi((state) => state.help !== null);
  const keys = useUi((state) => state.keys);
  const failure = useUi((state) => state.failure !== null);
  useEffect(() => {
    if (!drawn) return;
    return whenAtRest(() => {
      for (const load of Object.values(parts)) load().catch(() => {});
    });
  }, [drawn]);
  return (
    <Suspense>
      {search && <AddSearch />}
      {menu && <ContextMenu />}
      {palette && <Palette />}
      {links && <Links />}
      {help && <Help />}
      {keys && <KeysSheet />}
      {failure && <FailureSheet />}
    </Suspense>
  );
}
