/** The panel that this part brings; loaded when it is first opened. */
import { lazy } from "react";
import type { Panel } from "../panels/registry";
import { OutlineIcon } from "../shell/icons";

const Outline = lazy(async () => ({ default: (await import("../shell/Outline")).Outline }));

export const outlinePanel: Panel = { id: "outline", title: "Outline", icon: OutlineIcon, component: Outline };
