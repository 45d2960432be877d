/**
 * Runs of this server, and the one on show: its nodes' progress and pictures in cells of their own, its end in a store.
 */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import type { JsonObject, QueueState, WholeRun } from "../api/types";
import type { WorkflowDocument } from "../graph/document";
import type { PreviewHead, RunEvent } from "./events";
import { IDLE, type NodeRun, nodeAfter, type Phase, planned, type Shown } from "./progress";
import { Signals } from "./signals";
import { EventStream } from "./stream";
import type { Times } from "./times";

export type RunStatus = "queued" | "running" | "done" | "failed" | "cancelled";

export interface RunsState {
  /** the run on show */
  current: {
    id: string;
    name: string;
    status: RunStatus;
    started: number | null;
    seconds: number | null;
    error: string | null;
  } | null;
  /** a request to run is on its way */
  submitting: boolean;
  queue: QueueState | null;
  /** counts up when a run ended or a file was made: galleries and queues look again */
  changes: number;
  connected: boolean;
}

export interface RunnerOptions {
  api: Api;
  times: Times;
  document(): WorkflowDocument;
  tell(message: string, kind: "error" | "note"): void;
  /** a run ended: what is cached has changed */
  ended(): void;
}

export class Runner {
  readonly store: StoreApi<RunsState> = createStore(() => ({
    current: null,
    submitting: false,
    queue: null,
    changes: 0,
    connected: false,
  }));
  readonly nodes = new Signals<NodeRun>(IDLE);
  /** the newest picture of a node */
  readonly pictures = new Signals<Shown | null>(null);
  /** of a frame: the picture of each step that was seen */
  readonly steps = new Signals<ReadonlyMap<number, string>>(new Map());
  private blobs: string[] = [];
  /** names of runs that were queued while we listened */
  private readonly names = new Map<string, string>();

  constructor(private readonly options: RunnerOptions) {}

  /** Listen to all runs from now on. */
  async start(): Promise<void> {
    const { runs } = await this.options.api.runs("limit=1");
    const newest = runs[0];
    const after = newest === undefined ? 0 : await this.lastEvent(newest.id, newest.last);
    new EventStream(this.options.api, after, {
      event: (event) => this.take(event),
      preview: (head, picture) => this.show(head, picture),
      open: (connected) => this.store.setState({ connected }),
    });
    await this.refreshQueue().catch(() => {}); // a server that is gone: the next event asks again
  }

  /** A node of the run on show: one that the document got since is none. */
  knows(node: string): boolean {
    return this.nodes.has(node);
  }

  /** Run the document, or only what some nodes need. */
  async run(targets?: string[]): Promise<void> {
    if (this.store.getState().submitting) return;
    this.store.setState({ submitting: true });
    try {
      const workflow = this.options.document() as unknown as JsonObject;
      const run = await this.options.api.submit(targets ? { workflow, targets } : { workflow });
      this.names.set(run.id, run.name);
      if (this.store.getState().current?.id === run.id) return; // its events were here before this answer
      if (this.isBusy()) return this.options.tell("This run waits for its turn", "note");
      this.begin(run.id, run.name);
      await this.catchUp(run.id);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.options.tell(error.problems[0]?.message ?? error.message, "error");
    } finally {
      this.store.setState({ submitting: false });
    }
  }

  async cancel(): Promise<void> {
    const current = this.store.getState().current;
    if (current === null || !isUnderWay(current.status)) return;
    await this.options.api.cancelRun(current.id);
  }

  /** Show a run that has ended, or is under way: its nodes and its files. */
  async resume(name: string): Promise<void> {
    const { runs } = await this.options.api.runs(`name=${encodeURIComponent(name)}&limit=1`);
    const newest = runs[0];
    if (newest !== undefined) this.adopt(await this.options.api.run(newest.id));
  }

  /** Forget what is on show: another document is open. */
  clear(): void {
    this.forget();
    this.store.setState({ current: null });
  }

  async refreshQueue(): Promise<void> {
    this.store.setState({ queue: await this.options.api.queue() });
  }

  private isBusy(): boolean {
    const { current } = this.store.getState();
    return current !== null && isUnderWay(current.status);
  }

  /** A run of the document that is open: of this tab, of another, or of a program. */
  private isOurs(run: string): boolean {
    return this.names.get(run) === this.options.document().name;
  }

  private adopt(run: WholeRun): void {
    this.forget(); // and shown at once as it is: that it ended is news to nobody
    for (const [node, { status }] of Object.entries(run.nodes)) {
      this.nodes.set(node, { ...IDLE, phase: phaseOf(String(status)) });
    }
    if (run.error !== null && run.node !== null) {
      this.nodes.update(run.node, (was) => ({ ...was, phase: "failed", message: run.error }));
    }
    for (const file of run.artifacts) {
      if (file.node && file.mime?.startsWith("image/"))
        this.pictures.set(file.node, { url: file.url, step: null });
    }
    const { id, name, status, started, seconds, error } = run;
    this.store.setState({ current: { id, name, status, started, seconds, error } });
  }

  /** A run whose steps are all cached may have ended before anyone here knew its name. */
  private async catchUp(id: string): Promise<void> {
    const whole = await this.options.api.run(id);
    const { current } = this.store.getState();
    if (current?.id === id && current.status === "queued" && whole.status !== "queued") this.adopt(whole);
  }

  private begin(id: string, name: string): void {
    this.forget();
    this.store.setState({
      current: { id, name, status: "queued", started: null, seconds: null, error: null },
    });
  }

  /** The pictures of the last run stay on view until new ones come; what only it knew goes. */
  private forget(): void {
    this.nodes.clear();
    this.steps.clear();
    for (const url of this.blobs.splice(0)) setTimeout(() => URL.revokeObjectURL(url), 10_000);
    for (const node of this.pictures.keys()) {
      if (this.pictures.get(node)?.url.startsWith("blob:")) this.pictures.set(node, null);
    }
  }

  private take(event: RunEvent): void {
    const { current, changes } = this.store.getState();
    if (event.event === "RunQueued" || event.event === "RunDone") {
      this.store.setState({ changes: changes + 1 });
      void this.refreshQueue().catch(() => {});
    }
    if (event.event === "RunQueued") this.names.set(event.run, event.name);
    if (
      event.event === "RunStarted" &&
      event.run !== current?.id &&
      !this.isBusy() &&
      this.isOurs(event.run)
    ) {
      this.begin(event.run, this.names.get(event.run) ?? "");
      return this.take(event);
    }
    if (current === null || event.run !== current.id) {
      if (event.event === "ArtifactMade") this.store.setState({ changes: changes + 1 });
      return;
    }
    const about = nodeAfter(event, (node) => this.nodes.get(node));
    if (about !== null) this.nodes.set(...about);
    switch (event.event) {
      case "RunStarted":
        for (const [node, state] of planned(event.nodes)) this.nodes.set(node, state);
        this.store.setState({ current: { ...current, status: "running", started: event.time } });
        return;
      case "NodeDone": {
        const type = this.options.document().nodes[event.node]?.type;
        const frame = this.options.document().nodes[event.node]?.in;
        const calls =
          frame === undefined ? 1 : this.nodes.get(frame).steps - this.nodes.get(frame).stepsCached;
        if (type !== undefined) this.options.times.note(type, event.seconds, calls);
        return;
      }
      case "ArtifactMade":
        if (event.mime.startsWith("image/")) this.pictures.set(event.node, { url: event.url, step: null });
        this.store.setState({ changes: changes + 1 });
        return;
      case "Warned":
        return this.options.tell(event.message, "note");
      case "RunDone":
        this.end(event);
    }
  }

  private end(event: Extract<RunEvent, { event: "RunDone" }>): void {
    const { current } = this.store.getState();
    if (current === null) return;
    for (const node of this.nodes.keys()) {
      const was = this.nodes.get(node);
      if (was.phase === "running" || was.phase === "waiting")
        this.nodes.set(node, { ...was, phase: "idle", eta: null });
    }
    const error = event.status === "failed" ? event.message : null;
    this.store.setState({ current: { ...current, status: event.status, seconds: event.seconds, error } });
    if (error !== null) this.options.tell(error, "error");
    this.options.ended();
  }

  private show(head: PreviewHead, picture: Blob): void {
    if (head.run !== this.store.getState().current?.id) return;
    const url = URL.createObjectURL(picture);
    this.blobs.push(url);
    this.pictures.set(head.node, { url, step: head.step });
    const frame = this.options.document().nodes[head.node]?.in ?? head.node;
    if (head.step !== null) {
      const step = head.step;
      this.steps.update(frame, (was) => new Map(was).set(step, url));
      this.pictures.set(frame, { url, step });
    }
  }

  /** The id of the last event of a run: what comes after it is news. */
  private async lastEvent(run: string, number: number): Promise<number> {
    const { events } = await this.options.api.get<{ events: { id: number }[] }>(
      `runs/${run}/events?after=${Math.max(0, number - 1)}`,
    );
    return events.at(-1)?.id ?? 0;
  }
}

export function isUnderWay(status: RunStatus): boolean {
  return status === "queued" || status === "running";
}

function phaseOf(status: string): Phase {
  if (status === "run") return "waiting";
  return (
    (["running", "ran", "cached", "failed", "skipped"] as Phase[]).find((one) => one === status) ?? "idle"
  );
}
