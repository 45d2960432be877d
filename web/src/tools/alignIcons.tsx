/** Pictures of the ways to line things up: 16 × 16, one stroke. */
import type { ReactNode } from "react";

function icon(path: string): ReactNode {
  return (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

export const ALIGN_ICONS: [command: string, icon: ReactNode][] = [
  ["align.left", icon("M2.5 2v12M5 3.8h8v3H5zM5 9.2h5v3H5z")],
  ["align.centre", icon("M8 1.5v2.3M8 6.8v2.4M8 12.2v2.3M3.5 3.8h9v3h-9zM5.2 9.2h5.6v3H5.2z")],
  ["align.right", icon("M13.5 2v12M3 3.8h8v3H3zM6 9.2h5v3H6z")],
  ["align.top", icon("M2 2.5h12M3.8 5h3v8h-3zM9.2 5h3v5h-3z")],
  ["align.middle", icon("M1.5 8h2.3M6.8 8h2.4M12.2 8h2.3M3.8 3.5h3v9h-3zM9.2 5.2h3v5.6h-3z")],
  ["align.bottom", icon("M2 13.5h12M3.8 3h3v8h-3zM9.2 6h3v5h-3z")],
  ["distribute.across", icon("M2 2v12M14 2v12M6.2 4.5h3.6v7H6.2z")],
  ["distribute.down", icon("M2 2h12M2 14h12M4.5 6.2h7v3.6h-7z")],
];

export function SelectionIcon() {
  return icon("M2.5 5V2.5H5M11 2.5h2.5V5M13.5 11v2.5H11M5 13.5H2.5V11M5.5 5.5h5v5h-5z");
}
