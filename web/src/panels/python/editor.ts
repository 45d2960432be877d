/**
 * The code editor: CodeMirror in a root of its own, where it keeps its styles in a constructed sheet (in a document it would
 * use a <style> element, which the policy forbids). Tab indents; Escape, then Tab, leaves.
 */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import { bracketMatching, indentOnInput, indentUnit } from "@codemirror/language";
import { type Diagnostic, lintGutter, setDiagnostics } from "@codemirror/lint";
import { Annotation, EditorState, Transaction } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import type { TextPlaces, TextProblem } from "../../api/types";
import { problemText } from "../../canvas/problems";
import { completions, type Known } from "./complete";
import { hangingLines } from "./hanging";
import { pieces } from "./hunks";
import { marks, nodeAt, setChosen, setPlaces, startOf } from "./marks";
import { programLook } from "./theme";

/** Changes that come from the document, not from a person. */
const written = Annotation.define<boolean>();

export interface CodeEvents {
  typed(): void;
  /** the caret went into a node's lines */
  chose(node: string): void;
  /** take up what was typed now; then, if asked, run */
  done(run: boolean): void;
  left(): void;
}

export class CodeEditor {
  readonly view: EditorView;

  constructor(host: HTMLElement, known: Known, events: CodeEvents, touch: boolean) {
    const done = (run: boolean): boolean => {
      events.done(run);
      return true;
    };
    const root = host.shadowRoot ?? host.attachShadow({ mode: "open" });
    this.view = new EditorView({
      parent: root,
      root,
      state: EditorState.create({
        extensions: [
          keymap.of([
            { key: "Mod-Enter", run: () => done(true) },
            { key: "Mod-s", run: () => done(false) },
          ]),
          lineNumbers(),
          lintGutter(),
          history(),
          drawSelection(),
          indentOnInput(),
          indentUnit.of("    "),
          bracketMatching(),
          closeBrackets(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          EditorView.lineWrapping,
          hangingLines,
          autocompletion({ override: [completions(known)], activateOnTyping: !touch, icons: false }),
          python(),
          marks,
          programLook,
          keymap.of([
            ...closeBracketsKeymap,
            ...completionKeymap,
            ...historyKeymap,
            ...defaultKeymap,
            indentWithTab,
          ]),
          EditorView.contentAttributes.of({
            "aria-label": "The workflow as a Python program. Tab indents; Escape, then Tab, leaves.",
            tabindex: "0", // what scrolls can be reached by keyboard
            spellcheck: "false",
            autocapitalize: "off",
            autocorrect: "off",
          }),
          EditorView.domEventHandlers({ blur: () => events.left(), beforeinput: overSelection }),
          EditorView.updateListener.of((update) => {
            const own = update.transactions.some((one) => one.annotation(written) === true);
            if (update.docChanged && !own) events.typed();
            if (own || !update.selectionSet || !update.view.hasFocus) return;
            const node = nodeAt(update.view, update.state.selection.main.head);
            if (node !== null) events.chose(node);
          }),
        ],
      }),
    });
  }

  text(): string {
    return this.view.state.doc.toString();
  }

  /** Make the text this one; caret and view stay where they are in what does not differ. `undoable`: by a person's wish. */
  replace(text: string, undoable = false): void {
    const changes = pieces(this.text(), text);
    if (changes.length === 0) return;
    const annotations = [written.of(true), Transaction.addToHistory.of(undoable)];
    this.view.dispatch({ changes, annotations });
  }

  place(places: TextPlaces): void {
    this.view.dispatch({ effects: setPlaces.of(places) });
  }

  /** Show the lines of nodes; the first comes into view, unless a person is at work here. */
  choose(nodes: ReadonlySet<string>, here = false): void {
    this.view.dispatch({ effects: setChosen.of(nodes) });
    if (here || this.view.hasFocus) return;
    const starts = [...nodes].map((one) => startOf(this.view, one)).filter((one) => one !== null);
    if (starts.length === 0) return;
    const effects = EditorView.scrollIntoView(Math.min(...starts), { y: "nearest", yMargin: 40 });
    this.view.dispatch({ effects });
  }

  problems(all: readonly TextProblem[]): void {
    const found = all.map((one): Diagnostic => {
      const [from, to] = this.range(one);
      return { from, to, severity: one.known ? "warning" : "error", message: sentence(one) };
    });
    this.view.dispatch(setDiagnostics(this.view.state, found));
  }

  /** Put the caret at a problem. */
  goTo(problem: TextProblem): void {
    const [from, to] = this.range(problem);
    this.view.dispatch({ selection: { anchor: from, head: to }, scrollIntoView: true });
    this.view.focus();
  }

  destroy(): void {
    this.view.destroy();
  }

  private range({ place }: TextProblem): [number, number] {
    const from = this.offset(place.line, place.column);
    return [from, Math.max(from, this.offset(place.end_line, place.end_column))];
  }

  /** The server counts characters, the browser halves of pairs. */
  private offset(line: number, column: number): number {
    const { doc } = this.view.state;
    const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
    return Math.min(
      from +
        Array.from(text)
          .slice(0, column - 1)
          .join("").length,
      to,
    );
  }
}

/**
 * What is typed over a selection goes in as a change. Left to the browser, it joins the lines by itself, and gives what it
 * joins a style attribute, which the policy forbids.
 */
function overSelection(event: InputEvent, view: EditorView): boolean {
  const { selection, readOnly } = view.state;
  const { data, inputType, isComposing } = event;
  if (inputType !== "insertText" || data === null || isComposing || readOnly || selection.main.empty)
    return false;
  const { from, to } = selection.main;
  const insert = () => view.state.update(view.state.replaceSelection(data), { userEvent: "input.type" });
  const taken = view.state.facet(EditorView.inputHandler).some((one) => one(view, from, to, data, insert));
  if (!taken) view.dispatch(insert());
  return true;
}

/** A problem as one sentence, with the node and the input that it is about. */
export function sentence(problem: TextProblem): string {
  const where = [problem.node, problem.input].filter((one) => one !== null).join(".");
  return where === "" ? problemText(problem) : `${where}: ${problemText(problem)}`;
}
