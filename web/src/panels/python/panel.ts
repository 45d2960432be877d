/** The panel of the program; the code editor is loaded when it is first opened. */
import { lazy } from "react";
import { CodeIcon } from "../../shell/icons";
import type { Panel } from "../registry";

const Python = lazy(async () => ({ default: (await import("./Python")).Python }));

export const pythonPanel: Panel = {
  id: "python",
  title: "Python",
  icon: CodeIcon,
  component: Python,
  wide: true,
};
