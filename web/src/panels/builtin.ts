/** The panels of the dock, in their order, and the commands that they bring. */
import { lazy } from "react";
import type { Command } from "../commands/registry";
import {
  ExploreIcon,
  GalleryIcon,
  HistoryIcon,
  ModelIcon,
  QueueIcon,
  SettingsIcon,
  TemplateIcon,
  TimeIcon,
} from "../shell/icons";
import { compareCommands } from "./compare/commands";
import { exploreCommands } from "./explore/commands";
import { fileCommands } from "./files/commands";
import { formCommands } from "./form/commands";
import { pictureCommands } from "./gallery/commands";
import { historyCommands } from "./history/commands";
import { maskCommands } from "./mask/commands";
import { pythonCommands } from "./python/commands";
import { queueCommands } from "./queue/commands";
import { useQueueCount } from "./queue/count";
import type { Panel } from "./registry";
import { timeCommands } from "./times/commands";
import { versionCommands } from "./versions/commands";

/** The panels are loaded when they are first opened. */
const Explore = lazy(async () => ({ default: (await import("./explore/Explore")).Explore }));
const Gallery = lazy(async () => ({ default: (await import("./gallery/Gallery")).Gallery }));
const History = lazy(async () => ({ default: (await import("./history/History")).History }));
const Models = lazy(async () => ({ default: (await import("./models/Models")).Models }));
const Queue = lazy(async () => ({ default: (await import("./queue/Queue")).Queue }));
const Settings = lazy(async () => ({ default: (await import("./settings/Settings")).Settings }));
const Templates = lazy(async () => ({ default: (await import("./templates/Templates")).Templates }));

const Times = lazy(async () => ({ default: (await import("./times/Times")).Times }));

/** After those that have keys by their place. */
export const timesPanel: Panel = { id: "times", title: "Time", icon: TimeIcon, component: Times };

export const panels: Panel[] = [
  { id: "workflows", title: "Workflows", icon: TemplateIcon, component: Templates },
  { id: "gallery", title: "Gallery", icon: GalleryIcon, component: Gallery },
  { id: "queue", title: "Queue", icon: QueueIcon, component: Queue, useCount: useQueueCount },
  { id: "explore", title: "Explore", icon: ExploreIcon, component: Explore },
  { id: "models", title: "Models", icon: ModelIcon, component: Models },
  { id: "history", title: "History", icon: HistoryIcon, component: History },
  { id: "settings", title: "Settings", icon: SettingsIcon, component: Settings },
];

export const commandsOfPanels: Command[] = [
  ...versionCommands,
  ...historyCommands,
  ...fileCommands,
  ...formCommands,
  ...pictureCommands,
  ...compareCommands,
  ...exploreCommands,
  ...maskCommands,
  ...queueCommands,
  ...timeCommands,
  ...pythonCommands,
  {
    id: "tour",
    title: "A tour of a minute",
    group: "Help",
    run: (app) => app.ui.setState({ tour: 0, toured: true }),
  },
];
