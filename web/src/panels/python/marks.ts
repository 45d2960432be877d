/** Which lines are which node's, kept while the text is typed in; and the lines of the nodes that are selected. */
import { type Extension, RangeSet, RangeValue, StateEffect, StateField, type Text } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView } from "@codemirror/view";
import type { TextPlaces } from "../../api/types";

class NodeRange extends RangeValue {
  // what is written before or behind a node's lines is not of the node
  override startSide = 1;
  override endSide = -1;
  constructor(readonly node: string) {
    super();
  }
  override eq(other: RangeValue): boolean {
    return other instanceof NodeRange && other.node === this.node;
  }
}

export const setPlaces = StateEffect.define<TextPlaces>();
export const setChosen = StateEffect.define<ReadonlySet<string>>();

const places = StateField.define<RangeSet<NodeRange>>({
  create: () => RangeSet.empty,
  update(ranges, transaction) {
    for (const effect of transaction.effects)
      if (effect.is(setPlaces)) return rangesOf(effect.value, transaction.state.doc);
    return ranges.map(transaction.changes);
  },
});

function rangesOf(all: TextPlaces, doc: Text): RangeSet<NodeRange> {
  const made = Object.entries(all).flatMap(([node, { place }]) => {
    if (place.end_line > doc.lines) return [];
    return [new NodeRange(node).range(doc.line(place.line).from, doc.line(place.end_line).to)];
  });
  return RangeSet.of(made, true);
}

const chosen = StateField.define<ReadonlySet<string>>({
  create: () => new Set(),
  update(nodes, transaction) {
    for (const effect of transaction.effects) if (effect.is(setChosen)) return effect.value;
    return nodes;
  },
});

const line = Decoration.line({ class: "cm-chosen" });

const highlighted = EditorView.decorations.compute([places, chosen], (state): DecorationSet => {
  const nodes = state.field(chosen);
  const starts = new Set<number>();
  const cursor = state.field(places).iter();
  for (; cursor.value !== null; cursor.next()) {
    if (!nodes.has(cursor.value.node)) continue;
    const last = state.doc.lineAt(cursor.to).number;
    for (let at = state.doc.lineAt(cursor.from).number; at <= last; at += 1)
      starts.add(state.doc.line(at).from);
  }
  return Decoration.set([...starts].sort((a, b) => a - b).map((at) => line.range(at)));
});

export const marks: Extension = [places, chosen, highlighted];

/** The node in whose lines a place of the text is: the innermost. */
export function nodeAt(view: EditorView, at: number): string | null {
  let found: { node: string; length: number } | null = null;
  const { from, to } = view.state.doc.lineAt(at);
  view.state.field(places).between(from, to, (start, end, { node }) => {
    if (start > at || end < from) return;
    if (found === null || end - start < found.length) found = { node, length: end - start };
  });
  return (found as { node: string } | null)?.node ?? null;
}

/** Where a node's lines begin; null if it has none. */
export function startOf(view: EditorView, node: string): number | null {
  const cursor = view.state.field(places).iter();
  for (; cursor.value !== null; cursor.next()) if (cursor.value.node === node) return cursor.from;
  return null;
}
