/** The editor's icons: 16 × 16, one stroke. */
import type { ReactNode } from "react";

function icon(name: string, content: ReactNode) {
  const Icon = () => (
    <svg
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      {content}
    </svg>
  );
  Icon.displayName = name;
  return Icon;
}

export const PlayIcon = icon("PlayIcon", <path d="M5 3.2v9.6L12.6 8z" fill="currentColor" />);
export const StopIcon = icon(
  "StopIcon",
  <rect x="4" y="4" width="8" height="8" rx="1.5" fill="currentColor" />,
);
export const PlusIcon = icon("PlusIcon", <path d="M8 3v10M3 8h10" />);
export const CloseIcon = icon("CloseIcon", <path d="M4.5 4.5l7 7M11.5 4.5l-7 7" />);
export const UndoIcon = icon("UndoIcon", <path d="M3 6.5h6a3.5 3.5 0 0 1 0 7H6M5.5 4 3 6.5 5.5 9" />);
export const RedoIcon = icon("RedoIcon", <path d="M13 6.5H7a3.5 3.5 0 0 0 0 7h3M10.5 4 13 6.5 10.5 9" />);
export const SunIcon = icon(
  "SunIcon",
  <>
    <circle cx="8" cy="8" r="2.8" />
    <path d="M8 1.8v1.4M8 12.8v1.4M1.8 8h1.4M12.8 8h1.4M3.6 3.6l1 1M11.4 11.4l1 1M12.4 3.6l-1 1M4.6 11.4l-1 1" />
  </>,
);
export const GalleryIcon = icon(
  "GalleryIcon",
  <>
    <rect x="2.5" y="2.5" width="11" height="11" rx="2" />
    <path d="M2.8 11.5 6 8.2l2.4 2.4 2-2 3 3" />
    <circle cx="10.3" cy="5.7" r="1" />
  </>,
);
export const QueueIcon = icon("QueueIcon", <path d="M3 4h10M3 8h10M3 12h6" />);
export const SearchIcon = icon(
  "SearchIcon",
  <>
    <circle cx="7" cy="7" r="4.2" />
    <path d="M10.2 10.2 13.5 13.5" />
  </>,
);
export const FitIcon = icon(
  "FitIcon",
  <path d="M2.5 6V4a1.5 1.5 0 0 1 1.5-1.5h2M10 2.5h2A1.5 1.5 0 0 1 13.5 4v2M13.5 10v2a1.5 1.5 0 0 1-1.5 1.5h-2M6 13.5H4A1.5 1.5 0 0 1 2.5 12v-2" />,
);
export const StarIcon = icon(
  "StarIcon",
  <path d="M8 2.4l1.7 3.5 3.9.5-2.9 2.7.7 3.8L8 11l-3.4 1.9.7-3.8-2.9-2.7 3.9-.5z" />,
);
export const DownloadIcon = icon("DownloadIcon", <path d="M8 2.5v7.2M5 7l3 3 3-3M3 13.2h10" />);
export const ChevronIcon = icon("ChevronIcon", <path d="M10 3.2 5.2 8l4.8 4.8" />);
export const ModelIcon = icon(
  "ModelIcon",
  <path d="M8 2.2 13.5 5v6L8 13.8 2.5 11V5zM2.7 5.1 8 7.9l5.3-2.8M8 8v5.6" />,
);
export const HistoryIcon = icon(
  "HistoryIcon",
  <path d="M2.8 8a5.2 5.2 0 1 0 1.6-3.8L2.8 5.8M2.8 2.8v3h3M8 5.2V8l2.2 1.4" />,
);
export const SettingsIcon = icon(
  "SettingsIcon",
  <>
    <path d="M2.5 4.5h6M11.5 4.5h2M2.5 11.5h2M7.5 11.5h6" />
    <circle cx="10" cy="4.5" r="1.5" />
    <circle cx="6" cy="11.5" r="1.5" />
  </>,
);
export const TemplateIcon = icon(
  "TemplateIcon",
  <>
    <rect x="2.5" y="2.5" width="11" height="5" rx="1.2" />
    <rect x="2.5" y="9.5" width="4.6" height="4" rx="1.2" />
    <rect x="8.9" y="9.5" width="4.6" height="4" rx="1.2" />
  </>,
);
export const ExploreIcon = icon(
  "ExploreIcon",
  <path d="M2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM2.5 9.5h4v4h-4zM9.5 9.5h4v4h-4z" />,
);
export const FormIcon = icon("FormIcon", <path d="M3 3.5h4M3 6h10v2.5H3zM3 11h4M9.5 11h3.5v2.2H9.5z" />);
export const UpIcon = icon("UpIcon", <path d="M8 12.5v-9M4.5 7 8 3.5 11.5 7" />);
export const DownIcon = icon("DownIcon", <path d="M8 3.5v9M4.5 9 8 12.5 11.5 9" />);
export const CodeIcon = icon("CodeIcon", <path d="M5.5 4.5 2 8l3.5 3.5M10.5 4.5 14 8l-3.5 3.5" />);
export const OutlineIcon = icon(
  "OutlineIcon",
  <path d="M2.5 3.5h5M5.5 8h8M5.5 12.5h8M3.2 3.5v9h2.3M3.2 8h2.3" />,
);
export const TimeIcon = icon(
  "TimeIcon",
  <path d="M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2M8 4.8V8l2.3 1.6" />,
);
export const SwapIcon = icon(
  "SwapIcon",
  <path d="M2.5 5.5h10M10 3l2.5 2.5L10 8M13.5 10.5h-10M6 8l-2.5 2.5L6 13" />,
);
export const ListIcon = icon(
  "ListIcon",
  <path d="M5.5 4h8M5.5 8h8M5.5 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01" />,
);
