/** The operations: what an edit of a document says. The server's own vocabulary; see server/live/operations.py. */
import type { Json } from "../api/types";
import type { Mode, NodeBody, WorkflowDocument } from "../graph/document";

export type Position = [number, number];
type Body = { [key: string]: unknown };

export type Operation =
  | { op: "add_node"; node: string; body: NodeBody; position?: Position }
  | { op: "remove_node"; node: string }
  | { op: "rename_node"; node: string; to: string }
  | { op: "set_input"; node: string; input: string; value: Json }
  | { op: "clear_input"; node: string; input: string }
  | { op: "link"; node: string; input: string; source: string; append?: boolean }
  | { op: "unlink"; node: string; input: string; source?: string }
  | { op: "set_mode"; nodes: string[]; mode: "normal" | Mode }
  | { op: "move"; positions: { [node: string]: Position } }
  | { op: "set_look"; node: string; key: string; value: unknown }
  | { op: "add_group"; group: string; body: Body }
  | { op: "edit_group"; group: string; body: Body }
  | { op: "remove_group"; group: string }
  | { op: "add_note"; note: string; body: Body }
  | { op: "edit_note"; note: string; body: Body }
  | { op: "remove_note"; note: string }
  | {
      op: "add_reroute";
      reroute: string;
      source: string;
      links: string[];
      position: Position;
      before?: string;
    }
  | { op: "edit_reroute"; reroute: string; position?: Position; links?: string[] }
  | { op: "remove_reroute"; reroute: string }
  | { op: "set_frame"; nodes: string[]; frame: string | null }
  | { op: "set_carry"; node: string; name: string; end: "first" | "next"; value: Json | { from: string } }
  | { op: "remove_carry"; node: string; name: string }
  | { op: "set_collect"; node: string; name: string; source: string | null }
  | { op: "set_until"; node: string; source: string | null }
  | {
      op: "paste";
      nodes: { [node: string]: NodeBody };
      positions?: { [node: string]: Position };
      offset?: Position;
      frame?: string;
    }
  | { op: "set_meta"; key: "name" | "description"; value: string | null }
  | { op: "set_interface"; side: "inputs" | "outputs"; name: string; value: Body | null }
  | { op: "set_subgraph"; name: string; document: WorkflowDocument | null }
  | { op: "replace"; document: WorkflowDocument };

/** Operations that are taken together or not at all, and are one step of undo. */
export interface Edit {
  id: string;
  operations: Operation[];
}
