/** A comment on the canvas, and a group's box. */
import type { Node, NodeProps } from "@xyflow/react";
import { memo } from "react";
import { useApp } from "../app/context";
import { useDraft } from "../widgets/useDraft";
import type { SceneNode } from "./scene";

export type NoteNode = Node<{ scene: Extract<SceneNode, { kind: "note" }> }, "note">;
export type GroupNode = Node<{ scene: Extract<SceneNode, { kind: "group" }> }, "group">;

export const NoteCard = memo(function NoteCard({ data, selected }: NodeProps<NoteNode>) {
  const app = useApp();
  const { note } = data.scene;
  const draft = useDraft(note.text ?? "", (text) =>
    app.document.edit({ op: "edit_note", note: note.id, body: { text } }),
  );
  return (
    <aside className="note" data-selected={selected}>
      <textarea
        className="nowheel"
        aria-label="note"
        placeholder="A note…"
        readOnly={!selected || app.looking}
        value={draft.text}
        onChange={(event) => draft.change(event.target.value)}
        onBlur={draft.flush}
      />
    </aside>
  );
});

export const GroupBox = memo(function GroupBox({ data, selected }: NodeProps<GroupNode>) {
  const app = useApp();
  const { group } = data.scene;
  const draft = useDraft(group.title ?? "", (title) =>
    app.document.edit({ op: "edit_group", group: group.id, body: { title } }),
  );
  return (
    <section className="group" data-selected={selected} aria-label={`Group ${group.title ?? ""}`}>
      <header className="group-head">
        <input
          className="nodrag"
          aria-label="title of the group"
          readOnly={app.looking}
          value={draft.text}
          onChange={(event) => draft.change(event.target.value)}
          onBlur={draft.flush}
        />
      </header>
    </section>
  );
});
