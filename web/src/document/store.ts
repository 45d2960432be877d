/**
 * The live document of this tab: edits are shown at once, kept, sent, and confirmed. The one owner of the graph; what is
 * drawn is a view of `document`.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Api } from "../api/client";
import type { Problem } from "../api/types";
import type { WorkflowDocument } from "../graph/document";
import { apply, Refused } from "./apply";
import { Unreachable } from "./changes";
import { isAlive, randomId } from "./identity";
import { along, outward, type Step } from "./inside";
import type { Edit, Operation } from "./operations";
import { discard, type Outbox, orphans, outbox } from "./outbox";
import { edited, entered, type Live, NOTHING, settled, started } from "./reconcile";
import type { Heard, Said } from "./wire";

export type Connection = "closed" | "connecting" | "live" | "offline";

export interface DocumentState extends Live {
  /** the document, or, where a subgraph is open, that */
  view: WorkflowDocument;
  /** the whole document, with the edits under way */
  whole: WorkflowDocument;
  /** the subgraphs that are open, the outermost first */
  inside: readonly Step[];
  name: string | null;
  connection: Connection;
  problems: readonly Problem[];
  /** the revision that `problems` are of */
  checked: number;
  others: { [client: string]: object };
}

const START: DocumentState = {
  ...NOTHING,
  whole: NOTHING.view,
  inside: [],
  name: null,
  connection: "closed",
  problems: [],
  checked: 0,
  others: {},
};
const RETRIES = [300, 700, 1500, 3000, 5000];

export interface DocumentOptions {
  api: Api;
  client: string;
  storage: Storage;
  /** Says something to the person: a refused edit, an undo that could not take everything back. */
  tell(message: string, kind: "error" | "note"): void;
}

export class LiveDocument {
  readonly store: StoreApi<DocumentState> = createStore(() => START);
  private socket: WebSocket | null = null;
  private box: Outbox | null = null;
  private attempts = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: DocumentOptions) {}

  /** What is shown and edited: the document, or the subgraph that is open. */
  get document(): WorkflowDocument {
    return this.store.getState().view;
  }

  get whole(): WorkflowDocument {
    return this.store.getState().whole;
  }

  /** Open a subgraph that is used in this document, or leave some. */
  enter(inside: readonly Step[]): void {
    const { whole } = this.store.getState();
    this.store.setState(shown(whole, inside));
  }

  /** Open another document; what was pending in the last one stays in its outbox. */
  open(name: string): void {
    this.close();
    this.box = outbox(this.options.storage, name, this.options.client);
    this.store.setState({ ...START, name, connection: "connecting", pending: this.box.load() }, true);
    this.connect();
    void this.adopt(name);
  }

  close(): void {
    clearTimeout(this.timer);
    const socket = this.socket;
    this.socket = null;
    socket?.close();
    this.store.setState(START, true);
  }

  /** Do an edit: one step of undo. False if it makes no sense here, which is told. */
  edit(...operations: Operation[]): boolean {
    return this.editAt(this.store.getState().inside, operations);
  }

  /** Do an edit in a subgraph, whichever is open; with no steps, in the whole document. */
  editAt(inside: readonly Step[], operations: Operation[]): boolean {
    if (operations.length === 0 || this.store.getState().name === null) return false;
    const edit: Edit = { id: randomId(), operations };
    try {
      const inner = along(this.whole, inside).at(-1) ?? this.whole;
      if (inside.length > 0)
        edit.operations = [outward(this.whole, inside, apply(inner, operations).document)];
      this.keep(edited(this.live, edit));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unreachable)) throw error;
      this.options.tell(error.message, "error");
      return false;
    }
    this.say({ type: "ops", ...edit });
    return true;
  }

  undo(): void {
    this.step("undo");
  }
  redo(): void {
    this.step("redo");
  }

  /** Tell the other clients where this one is. */
  present(data: object | null): void {
    this.say({ type: "presence", data });
  }

  private step(kind: "undo" | "redo"): void {
    const { connection, pending } = this.store.getState();
    const last = pending.at(-1);
    if (connection === "live") this.say({ type: kind, id: randomId() });
    else if (kind === "undo" && last !== undefined) this.keep(settled(this.live, last.id));
    else
      this.options.tell(
        `${kind === "undo" ? "Undo" : "Redo"} needs the server, which does not answer`,
        "note",
      );
  }

  private connect(): void {
    const { name, revision } = this.store.getState();
    if (name === null) return;
    const after = revision > 0 ? `&after=${revision}` : "";
    const socket = this.options.api.socket(`workflows/${name}/live?client=${this.options.client}${after}`);
    this.socket = socket;
    socket.onmessage = (event) => {
      if (this.socket === socket) this.hear(JSON.parse(String(event.data)) as Heard | Heard[]);
    };
    socket.onclose = () => {
      if (this.socket === socket) this.lost();
    };
  }

  private lost(): void {
    this.socket = null;
    this.store.setState({ connection: "offline", others: {} });
    const wait = RETRIES[Math.min(this.attempts, RETRIES.length - 1)] ?? 5000;
    this.attempts += 1;
    this.timer = setTimeout(() => this.connect(), wait);
  }

  /** Try again now: the network is back, or a person asks. */
  retry(): void {
    if (this.store.getState().connection !== "offline") return;
    clearTimeout(this.timer);
    this.connect();
  }

  private say(message: Said): void {
    if (this.socket?.readyState === WebSocket.OPEN && this.store.getState().connection === "live") {
      this.socket.send(JSON.stringify(message));
    }
  }

  private hear(heard: Heard | Heard[]): void {
    try {
      for (const one of Array.isArray(heard) ? heard : [heard]) this.take(one);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      this.socket?.send(JSON.stringify({ type: "hello", after: null })); // out of step: the whole document
    }
  }

  private take(heard: Heard): void {
    const state = this.store.getState();
    switch (heard.type) {
      case "hello": {
        const next =
          heard.document !== undefined
            ? started(this.live, heard.revision, heard.document)
            : (heard.entries ?? []).reduce(entered, this.live);
        this.keep(next);
        this.attempts = 0;
        this.store.setState({ connection: "live" });
        for (const edit of this.store.getState().pending) this.say({ type: "ops", ...edit });
        return;
      }
      case "ops":
        return this.keep(entered(this.live, heard));
      case "ack":
        if (heard.kept?.length)
          this.options.tell(`Kept, because it was changed since: ${heard.kept.join(", ")}`, "note");
        if (heard.revision <= state.revision) this.keep(settled(this.live, heard.id));
        return;
      case "refused":
        if (heard.id !== null) this.keep(settled(this.live, heard.id));
        this.options.tell(sentence(heard.problem.detail), heard.problem.status === 409 ? "note" : "error");
        return;
      case "problems":
        return this.store.setState({ problems: heard.problems, checked: heard.revision });
      case "presence": {
        const { [heard.client]: _, ...others } = state.others;
        this.store.setState({
          others: heard.data === null ? others : { ...others, [heard.client]: heard.data },
        });
        return;
      }
      case "behind":
        this.socket?.send(JSON.stringify({ type: "hello", after: state.revision }));
    }
  }

  private keep(next: Live): void {
    const state = this.store.getState();
    if (next.pending !== state.pending) this.box?.save(next.pending);
    this.store.setState({
      revision: next.revision,
      base: next.base,
      pending: next.pending,
      ...shown(next.view, state.inside),
    });
  }

  private get live(): Live {
    const { revision, base, pending, whole } = this.store.getState();
    return { revision, base, pending, view: whole };
  }

  /** Send what tabs that are gone have left behind. */
  private async adopt(name: string): Promise<void> {
    const { storage, client, api } = this.options;
    for (const left of orphans(storage, name, client)) {
      if (await isAlive(left.client)) continue;
      try {
        if (left.edits.length > 0) await api.applyEdits(name, left.client, left.edits);
        discard(storage, name, left.client);
      } catch {
        return; // next time
      }
    }
  }
}

/** What is shown where these subgraphs are open, as far as they are still there. */
function shown(
  whole: WorkflowDocument,
  inside: readonly Step[],
): Pick<DocumentState, "whole" | "inside" | "view"> {
  const documents = along(whole, inside);
  const view = documents.at(-1) ?? whole;
  return {
    whole,
    view,
    inside: documents.length > inside.length ? inside : inside.slice(0, documents.length - 1),
  };
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
