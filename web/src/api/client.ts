/** The server's API as functions. One line each: what is asked, and what comes back. */
import type { Credentials } from "./credentials";
import { type Ask, ask, askBlob, ROOT } from "./http";
import type {
  AskedVersions,
  Asset,
  Comparison,
  Difference,
  History,
  JsonObject,
  ListedWorkflow,
  LoopSteps,
  Model,
  NodeTypes,
  Picture,
  Planned,
  Program,
  QueueState,
  ReadProgram,
  Run,
  RunTimes,
  States,
  System,
  TokenCounts,
  WholeRun,
} from "./types";

export interface PictureQuery {
  page?: number;
  text?: string;
  model?: string;
  workflow?: string;
  favourite?: boolean;
}

export interface Submission {
  workflow: JsonObject | string;
  set?: JsonObject;
  targets?: string[];
  sweep?: { [input: string]: unknown[] };
  mode?: "grid" | "zip";
  key?: string;
}

export class Api {
  constructor(readonly credentials: Credentials) {}

  get<T>(path: string, signal?: AbortSignal): Promise<T> {
    return ask<T>(this.credentials, path, { signal });
  }
  send<T>(method: "POST" | "PUT" | "DELETE", path: string, body?: unknown, more: Ask = {}): Promise<T> {
    return ask<T>(this.credentials, path, {
      ...more,
      method,
      body: body ?? (method === "DELETE" ? undefined : {}),
    });
  }

  nodeTypes = (): Promise<NodeTypes> => this.get("nodes");
  models = (): Promise<{ models: Model[]; scanning: boolean }> => this.get("models");
  scanModels = (): Promise<{ scanning: boolean }> => this.send("POST", "models/scan");
  system = (): Promise<System> => this.get("system");
  assets = (page = 1): Promise<{ assets: Asset[]; pages: number }> => this.get(`assets?page=${page}`);

  workflows = (): Promise<{ workflows: ListedWorkflow[] }> => this.get("workflows");
  createWorkflow = (name: string, document: JsonObject): Promise<{ revision: number }> =>
    this.send("PUT", `workflows/${name}`, document, { headers: { "If-None-Match": "*" } });
  history = (name: string, before?: number): Promise<History> =>
    this.get(`workflows/${name}/history?limit=50${before === undefined ? "" : `&before=${before}`}`);
  revision = (name: string, number: number): Promise<{ document: JsonObject }> =>
    this.get(`workflows/${name}/revisions/${number}`);
  states = (name: string, after: number): Promise<States> =>
    this.get(`workflows/${name}/states?after=${after}`);
  difference = (name: string, from: number, to: number): Promise<Difference> =>
    this.get(`workflows/${name}/diff?from=${from}&to=${to}`);
  compare = (body: AskedVersions, signal?: AbortSignal): Promise<Comparison> =>
    this.send("POST", "compare", body, { signal });
  deleteWorkflow = (name: string): Promise<unknown> => this.send("DELETE", `workflows/${name}`);
  importWorkflow = (name: string, file: Blob): Promise<{ revision: number }> =>
    ask(this.credentials, `workflows/${name}/import`, { method: "POST", bytes: file });
  applyEdits = (name: string, client: string, edits: unknown[]): Promise<unknown> =>
    this.send("POST", `workflows/${name}/operations`, { client, edits });

  plan = (body: Submission, signal?: AbortSignal): Promise<Planned> =>
    this.send("POST", "plan", body, { signal });
  why = (body: Submission, signal?: AbortSignal): Promise<{ reasons: Record<string, string> }> =>
    this.send("POST", "why", body, { signal });

  countTokens = (model: string, texts: string[], signal?: AbortSignal): Promise<TokenCounts> =>
    this.send("POST", "tokens", { model, texts }, { signal });

  writePython = (workflow: JsonObject, signal?: AbortSignal): Promise<Program> =>
    this.send("POST", "python", { workflow }, { signal });
  /** `workflow`: the one that the text was written of, if any. */
  readPython = (text: string, workflow: JsonObject | null, signal?: AbortSignal): Promise<ReadProgram> =>
    this.send("POST", "python/read", { text, workflow }, { signal });

  submit = (body: Submission): Promise<Run & { runs: string[] }> => this.send("POST", "runs", body);
  runs = (query = "limit=50"): Promise<{ runs: Run[]; next: string | null }> => this.get(`runs?${query}`);
  run = (id: string): Promise<WholeRun> => this.get(`runs/${id}`);
  loopSteps = (id: string, loop: string): Promise<LoopSteps> =>
    this.get(`runs/${id}/steps?loop=${encodeURIComponent(loop)}`);
  runTimes = (id: string): Promise<RunTimes> => this.get(`runs/${id}/times`);
  runWorkflow = (id: string): Promise<JsonObject> => this.get(`runs/${id}/workflow`);
  cancelRun = (id: string): Promise<Run> => this.send("POST", `runs/${id}/cancel`);
  retryRun = (id: string): Promise<Run> => this.send("POST", `runs/${id}/retry`);
  cancelBatch = (id: string): Promise<unknown> => this.send("POST", `batches/${id}/cancel`);
  moveRun = (id: string, to: { before: string } | { after: string }): Promise<unknown> =>
    this.send("POST", `runs/${id}/move`, to);
  queue = (): Promise<QueueState> => this.get("queue");
  pauseQueue = (): Promise<QueueState> => this.send("POST", "queue/pause");
  resumeQueue = (): Promise<QueueState> => this.send("POST", "queue/resume");

  pictures(
    query: PictureQuery = {},
  ): Promise<{ pictures: Picture[]; page: number; pages: number; total: number }> {
    const asked = new URLSearchParams(Object.entries(query).map(([key, value]) => [key, String(value)]));
    return this.get(`gallery?${asked}`);
  }
  setFavourite = (digest: string, favourite: boolean): Promise<unknown> =>
    this.send("PUT", `gallery/${digest}/favourite`, { favourite });
  deletePicture = (digest: string): Promise<unknown> => this.send("DELETE", `gallery/${digest}`);
  upload = (file: File): Promise<Asset> =>
    ask(this.credentials, `assets?name=${encodeURIComponent(file.name)}`, { method: "POST", bytes: file });

  /** The bytes of a picture. */
  bytes = (url: string): Promise<Blob> => askBlob(this.credentials, url);

  /** The address of a file; an `<img>` shows it by the session's cookie. */
  fileUrl = (digest: string): string => `${ROOT}/artifacts/${digest}`;
  thumbnailUrl = (digest: string, size = 256): string => `${ROOT}/artifacts/${digest}/thumbnail?size=${size}`;

  /** A WebSocket to an address under the API. */
  socket(path: string): WebSocket {
    const url = new URL(`${ROOT}/${path}`, location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    return new WebSocket(url, this.credentials.protocols());
  }
}
