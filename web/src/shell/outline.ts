/** The nodes of a document as a tree: loops hold what is in them; siblings stand in reading order. Pure. */
import { isFrame, type WorkflowDocument } from "../graph/document";

export interface Branch {
  id: string;
  level: number;
  /** its place among its siblings, from 1, and how many they are */
  at: number;
  of: number;
  frame: boolean;
}

/** All visible rows from top to bottom; `closed` frames hide what is in them. */
export function outlineOf(document: WorkflowDocument, closed: ReadonlySet<string>): Branch[] {
  const children = new Map<string | undefined, string[]>();
  for (const [id, body] of Object.entries(document.nodes)) {
    const home = body.in !== undefined && document.nodes[body.in] !== undefined ? body.in : undefined;
    children.set(home, [...(children.get(home) ?? []), id]);
  }
  const place = (id: string): [number, number] => document.ui?.positions?.[id] ?? [0, 0];
  const rows: Branch[] = [];
  const add = (home: string | undefined, level: number): void => {
    const here = (children.get(home) ?? []).sort(
      (a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1],
    );
    here.forEach((id, index) => {
      const frame = isFrame(document.nodes[id]);
      rows.push({ id, level, at: index + 1, of: here.length, frame });
      if (frame && !closed.has(id) && level < 32) add(id, level + 1);
    });
  };
  add(undefined, 1);
  return rows;
}
