/** A line that is too long goes on further in than it began, so that one sees where the next one begins. */
import {
  Decoration,
  type DecorationSet,
  type EditorView,
  ViewPlugin,
  type ViewUpdate,
} from "@codemirror/view";

const FURTHER = 4;

function hanging(view: EditorView): DecorationSet {
  const found = view.visibleRanges.flatMap(({ from, to }) => {
    const lines = [];
    for (let at = from; at <= to; ) {
      const line = view.state.doc.lineAt(at);
      const indent = (/^ */.exec(line.text)?.[0].length ?? 0) + FURTHER;
      const style = `text-indent: -${indent}ch; padding-left: calc(${indent}ch + var(--space-1))`;
      lines.push(Decoration.line({ attributes: { style } }).range(line.from));
      at = line.to + 1;
    }
    return lines;
  });
  return Decoration.set(found, true);
}

export const hangingLines = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = hanging(view);
    }
    update(update: ViewUpdate) {
      if (update.docChanged || update.viewportChanged) this.decorations = hanging(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
