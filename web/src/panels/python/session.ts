/**
 * A text and a document that say the same, while both are changed. What a person types is read by the server; if it says a
 * workflow, what differs becomes one edit of the live document: `towards` from the document that the text was written
 * of, so that what others did meanwhile stays. What changes in the document is written anew, and its lines go into
 * the text around those under way. Where both changed a line that does not read yet, the text stays until it does.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import { ApiError } from "../../api/http";
import type { JsonObject, Program, ReadProgram, TextPlaces, TextProblem } from "../../api/types";
import { apply } from "../../document/apply";
import type { Operation } from "../../document/operations";
import { saysSame, towards } from "../../document/towards";
import type { WorkflowDocument } from "../../graph/document";
import { merged } from "./hunks";

/** `same`: text and workflow say the same; `wrong`: the text says none, and changes nothing. */
export type Phase = "loading" | "same" | "typing" | "wrong" | "offline";

export interface ProgramState {
  phase: Phase;
  problems: readonly TextProblem[];
  /** the workflow was changed in lines that are under way here */
  held: boolean;
}

/** What the text and the document had in common last. */
export interface Draft {
  text: string;
  base: WorkflowDocument;
  canonical: string;
}

export interface ProgramServices {
  write(document: JsonObject): Promise<Program>;
  read(text: string, document: JsonObject): Promise<ReadProgram>;
  /** the document as it is now */
  document(): WorkflowDocument;
  /** do it, as one step of undo; false if it makes no sense any more */
  edit(operations: Operation[]): boolean;
  /** the text as it is now */
  text(): string;
  /** make the text this one, by what differs */
  replace(text: string): void;
  place(places: TextPlaces): void;
  renamed(names: ReadonlyMap<string, string>): void;
  /** keep what does not say a workflow yet; null: nothing is under way */
  keep(draft: Draft | null): void;
}

const PAUSE = 450; // after the last key
const AGAIN = 2000; // while the server does not answer

export class ProgramSession {
  readonly store: StoreApi<ProgramState> = createStore(() => ({
    phase: "loading" as Phase,
    problems: [] as readonly TextProblem[],
    held: false,
  }));
  private base: WorkflowDocument | null = null;
  private canonical = "";
  /** the text that said `base` */
  private agreed: string | null = null;
  /** the document whose changes wait for the text */
  private heldFor: WorkflowDocument | null = null;
  /** where nodes stood that the text has removed: cut and paste is no loss */
  private readonly gone = new Map<string, { position?: [number, number]; look?: object }>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  private toRead = false;
  private working: Promise<void> | null = null;
  private ended = false;

  constructor(private readonly services: ProgramServices) {}

  /** Begin; `draft` is what was under way the last time. */
  async start(draft: Draft | null): Promise<void> {
    if (draft !== null) {
      this.base = draft.base;
      this.canonical = draft.canonical;
      this.services.replace(draft.text);
      this.toRead = true;
    }
    await this.work();
  }

  end(): void {
    this.ended = true;
    clearTimeout(this.timer);
  }

  /** The document is another one now. */
  changed(): void {
    void this.work();
  }

  /** A person has changed the text. */
  typed(): void {
    if (this.base === null) return;
    this.store.setState({ phase: "typing" });
    this.services.keep({ text: this.services.text(), base: this.base, canonical: this.canonical });
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), PAUSE);
  }

  /** Take up what was typed now. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    if (this.services.text() !== this.agreed) this.toRead = true;
    await this.work();
  }

  /** Write the text anew of the document: what does not read is given up. */
  async rewrite(): Promise<void> {
    clearTimeout(this.timer);
    this.base = null;
    this.toRead = false;
    this.services.keep(null);
    await this.work();
  }

  private work(): Promise<void> {
    this.working ??= this.steps().finally(() => {
      this.working = null;
      if (this.toRead || this.isBehind()) void this.work();
    });
    return this.working;
  }

  private async steps(): Promise<void> {
    try {
      while (!this.ended && (this.toRead || this.isBehind())) {
        if (this.toRead) await this.read();
        else await this.write();
      }
    } catch (error) {
      if (this.ended) return;
      if (error instanceof ApiError && !error.unreachable) return this.refused(error);
      this.store.setState({ phase: "offline" });
      await new Promise((done) => setTimeout(done, AGAIN));
      if (this.services.text() !== this.agreed && this.base !== null) this.toRead = true;
    }
  }

  /** The server will not say more until text or document are others. */
  private refused(error: ApiError): void {
    this.toRead = false;
    this.heldFor = this.services.document();
    const problem = { message: error.message, place: { line: 1, column: 1, end_line: 1, end_column: 1 } };
    const none = { node: null, input: null, expected: null, got: null, nearest: null, known: false };
    this.store.setState({ phase: "wrong", problems: [{ ...none, ...problem }] });
  }

  private isBehind(): boolean {
    const now = this.services.document();
    if (this.ended || now === this.heldFor) return false;
    return this.base === null || !saysSame(this.base, now);
  }

  /** From the text to the document. */
  private async read(): Promise<void> {
    this.toRead = false;
    const { base, services } = this;
    if (base === null) return;
    const text = services.text();
    const answer = await services.read(text, base as unknown as JsonObject);
    if (this.ended || services.text() !== text) return; // more was typed: it will be read
    const { problems, document } = answer;
    if (document !== null) services.place(answer.places);
    if (document === null || problems.some((one) => !one.known)) {
      this.store.setState({ phase: "wrong", problems });
      return;
    }
    const to = this.withGone(document as unknown as WorkflowDocument, base, answer.renamed);
    const names: Operation[] = renameOperations(answer.renamed, base);
    const operations = [...names, ...towards(apply(base, names).document, to)];
    if (operations.length > 0) {
      const names = new Map(Object.entries(answer.renamed));
      this.remember(base, to, names);
      if (!services.edit(operations)) {
        this.store.setState({ phase: "wrong", problems: [] });
        return;
      }
      services.renamed(names);
      const now = services.document();
      this.base = saysSame(now, to) ? now : to; // in its own order, in which it will be written from now on
      this.canonical = (await services.write(this.base as unknown as JsonObject)).text;
    }
    this.agreed = text;
    this.heldFor = null;
    if (services.text() === text) {
      this.store.setState({ phase: "same", problems, held: false });
      services.keep(null);
    }
  }

  /** From the document to the text. */
  private async write(): Promise<void> {
    const { services } = this;
    const document = services.document();
    const { text: theirs, places } = await services.write(document as unknown as JsonObject);
    if (this.ended) return;
    const mine = services.text();
    const clean = this.base === null || mine === this.agreed;
    const whole = this.base === null || mine === this.canonical;
    const { text, conflict } = whole
      ? { text: theirs, conflict: false }
      : merged(this.canonical, mine, theirs);
    if (conflict && !clean) {
      this.heldFor = document;
      this.store.setState({ held: true });
      return;
    }
    this.base = document;
    this.canonical = theirs;
    this.heldFor = null;
    services.replace(text);
    if (text === theirs) services.place(places);
    else this.toRead = true; // it stands otherwise than it would be written: where are the nodes?
    if (clean) this.agreed = text;
    else services.keep({ text, base: document, canonical: theirs });
    this.store.setState((state) => ({
      held: false,
      phase: clean ? "same" : state.phase,
      problems: text === theirs ? [] : state.problems,
    }));
  }

  private remember(from: WorkflowDocument, to: WorkflowDocument, names: ReadonlyMap<string, string>): void {
    for (const id of Object.keys(from.nodes)) {
      if (to.nodes[id] !== undefined || names.has(id)) continue;
      const position = from.ui?.positions?.[id];
      const look = from.ui?.nodes?.[id];
      this.gone.set(id, { ...(position && { position }), ...(look && { look }) });
    }
  }

  /** The document with the place and the look of nodes that come back. */
  private withGone(
    to: WorkflowDocument,
    from: WorkflowDocument,
    renamed: { [name: string]: string },
  ): WorkflowDocument {
    const names = new Set(Object.values(renamed));
    const back = Object.keys(to.nodes).filter(
      (id) => this.gone.has(id) && from.nodes[id] === undefined && !names.has(id),
    );
    if (back.length === 0) return to;
    const positions = { ...to.ui?.positions };
    const nodes: { [id: string]: object } = { ...to.ui?.nodes };
    for (const id of back) {
      const { position, look } = this.gone.get(id) ?? {};
      if (position !== undefined) positions[id] = position;
      if (look !== undefined) nodes[id] = look;
    }
    return { ...to, ui: { ...to.ui, positions, nodes } as NonNullable<WorkflowDocument["ui"]> };
  }
}

/** New names were free before, so their order does not matter. */
export function renameOperations(
  renamed: { readonly [name: string]: string },
  document: WorkflowDocument,
): Operation[] {
  return Object.entries(renamed)
    .filter(([node]) => document.nodes[node] !== undefined)
    .map(([node, to]) => ({ op: "rename_node", node, to }));
}
