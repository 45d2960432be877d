/** The panel of what is selected. */
import { lazy } from "react";
import type { Panel } from "../panels/registry";
import { SelectionIcon } from "./alignIcons";

const SelectionPanel = lazy(async () => ({ default: (await import("./SelectionPanel")).SelectionPanel }));

export const selectionPanel: Panel = {
  id: "selection",
  title: "Selection",
  icon: SelectionIcon,
  component: SelectionPanel,
};
