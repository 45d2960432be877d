/** What goes over the WebSocket of a document; see docs/server.md, "Live documents". */
import type { Problem } from "../api/types";
import type { WorkflowDocument } from "../graph/document";
import type { Operation } from "./operations";
import type { Entry } from "./reconcile";

export type Said =
  | { type: "hello"; after: number | null }
  | { type: "ops"; id: string; operations: Operation[] }
  | { type: "undo" | "redo"; id: string }
  | { type: "presence"; data: object | null };

export type Heard =
  | { type: "hello"; client: string; revision: number; document?: WorkflowDocument; entries?: Entry[] }
  | ({ type: "ops" } & Entry)
  | { type: "ack"; id: string; revision: number; known?: boolean; kept?: string[] }
  | { type: "refused"; id: string | null; problem: { status: number; detail: string; problems?: Problem[] } }
  | { type: "problems"; revision: number; problems: Problem[] }
  | { type: "presence"; client: string; data: object | null }
  | { type: "behind" };
