/** A real `loom serve` with a state folder of its own. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const ROOT = resolve(import.meta.dirname, "../../..");
const STARTS_WITHIN = 60_000;
const ENDS_WITHIN = 20_000;

export interface JsonObject {
  [key: string]: unknown;
}

export class Server {
  private constructor(
    readonly url: string,
    readonly token: string,
    readonly home: string,
    private readonly process: ChildProcess,
    private readonly ownsHome: boolean,
  ) {}

  /** Start one on a free port. `home`: a state folder to go on with; by default a new one, removed at the end. */
  static async start(home?: string, port = 0): Promise<Server> {
    const folder = home ?? (await mkdtemp(join(tmpdir(), "loom-e2e-")));
    const child = spawn(
      loom(),
      ["serve", "--port", String(port), "--home", folder, "--device", "cpu", "--threads", "1"],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LOOM_TOKEN: "" } },
    );
    const url = await listening(child);
    const facts = JSON.parse(await readFile(join(folder, "server.json"), "utf8")) as { token: string };
    return new Server(url, facts.token, folder, child, home === undefined);
  }

  /** The address that signs a browser in. */
  get signIn(): string {
    return `${this.url}#token=${this.token}`;
  }

  /** Ask the API as a program does, with the token; throws for what is refused. */
  async ask<T = JsonObject>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<T> {
    const init: RequestInit = {
      method,
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json", ...headers },
    };
    if (body !== undefined) init.body = JSON.stringify(body);
    const response = await fetch(new URL(`api/v1/${path}`, this.url), init);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** A session as a browser has it: its cookie, and its key. */
  async session(): Promise<{ cookie: { name: string; value: string }; key: string }> {
    const response = await fetch(new URL("api/v1/session", this.url), {
      method: "POST",
      headers: { Authorization: `Bearer ${this.token}`, "Content-Type": "application/json" },
    });
    const [, name = "", value = ""] = /^([^=]+)=([^;]+)/.exec(response.headers.get("set-cookie") ?? "") ?? [];
    return { cookie: { name, value }, key: ((await response.json()) as { key: string }).key };
  }

  /** End it as Ctrl-C does. */
  async stop(): Promise<void> {
    await end(this.process, "SIGTERM");
    if (this.ownsHome) await rm(this.home, { recursive: true, force: true });
  }

  /** End it as a crash does; the state folder stays. */
  async kill(): Promise<void> {
    await end(this.process, "SIGKILL");
  }
}

/** The command: `LOOM`, or that of the project's virtual environment. */
function loom(): string {
  const found = process.env.LOOM ?? join(ROOT, ".venv/bin/loom");
  if (!existsSync(found)) throw new Error(`${found} is not there: make setup, or name the command in LOOM`);
  return found;
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((found, failed) => {
    let said = "";
    const timer = setTimeout(() => failed(new Error(`loom serve did not start: ${said}`)), STARTS_WITHIN);
    const hear = (piece: Buffer): void => {
      said += piece.toString();
      const url = /Latent Loom is at (\S+)/.exec(said)?.[1];
      if (url === undefined) return;
      clearTimeout(timer);
      found(url);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => {
      clearTimeout(timer);
      failed(new Error(`loom serve ended with ${code}: ${said}`));
    });
  });
}

function end(child: ChildProcess, how: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), ENDS_WITHIN);
    child.once("exit", () => {
      clearTimeout(timer);
      done();
    });
    child.kill(how);
  });
}
