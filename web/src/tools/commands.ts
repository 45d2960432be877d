/** The commands of the editing tools. */
import type { Command } from "../commands/registry";
import { arrangeCommands } from "./arrangeCommands";
import { clipboardCommands } from "./clipboard";
import { inputCommands } from "./inputCommands";
import { rerouteCommands } from "./rerouteCommands";
import { runToolCommands } from "./runCommands";
import { seedCommands } from "./seedCommands";
import { subgraphCommands } from "./subgraphCommands";
import { tabCommands } from "./tabCommands";

export const toolCommands: Command[] = [
  ...clipboardCommands,
  ...runToolCommands,
  ...inputCommands,
  ...seedCommands,
  ...arrangeCommands,
  ...rerouteCommands,
  ...subgraphCommands,
  ...tabCommands,
];
