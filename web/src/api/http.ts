/** One fetch for everything: the credentials go along, a refusal becomes an `ApiError` with the server's sentence. */
import type { Credentials } from "./credentials";
import type { Problem } from "./types";

/** The server said no. `status` 0: it could not be reached. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly problems: Problem[] = [],
  ) {
    super(message);
    this.name = "ApiError";
  }

  /** True when asking again later may help. */
  get unreachable(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503 || this.status === 504;
  }
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  bytes?: Blob;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

export const ROOT = "/api/v1";

/** Ask the server; the answer is JSON (or `undefined` for an empty one). */
export async function ask<T>(credentials: Credentials, path: string, options: Ask = {}): Promise<T> {
  const response = await send(credentials, path, options);
  const text = await response.text();
  return (text === "" ? undefined : JSON.parse(text)) as T;
}

/** Ask for bytes. */
export async function askBlob(credentials: Credentials, path: string, options: Ask = {}): Promise<Blob> {
  return (await send(credentials, path, options)).blob();
}

async function send(credentials: Credentials, path: string, options: Ask): Promise<Response> {
  const headers: Record<string, string> = { ...credentials.headers(), ...options.headers };
  const init: RequestInit = { method: options.method ?? "GET", headers, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (options.bytes) {
    headers["Content-Type"] = "application/octet-stream";
    init.body = options.bytes;
  } else if (init.method !== "GET") {
    headers["Content-Type"] = "application/json";
    if (options.body !== undefined) init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(path.startsWith("/") ? path : `${ROOT}/${path}`, init);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "the server does not answer");
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as { error?: string; detail?: string; problems?: Problem[] };
    const text = body.error ?? body.detail ?? response.statusText;
    return new ApiError(response.status, text, body.problems ?? []);
  } catch {
    return new ApiError(response.status, response.statusText || `status ${response.status}`);
  }
}
