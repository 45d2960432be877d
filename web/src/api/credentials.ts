/**
 * Who we are to the server. `loom serve --open` leads here with `#token=…`; the token is traded for a session — a cookie
 * that no script reads, and a key that goes with it — and is kept for this tab alone, in case the server has no sessions.
 */

const TOKEN = "loom.token";
const KEY = "loom.session";

export interface Credentials {
  /** Headers that say who asks. */
  headers(): Record<string, string>;
  /** Subprotocols for a WebSocket, which takes no headers. */
  protocols(): string[];
  /** Trade a token for a session. False: the server does not take it. */
  signIn(token: string): Promise<boolean>;
  /** Forget everything. */
  signOut(): void;
  readonly known: boolean;
}

/** Credentials from the address bar, this tab, or this browser, in that order. */
export async function findCredentials(): Promise<Credentials> {
  const credentials = new StoredCredentials();
  const found = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
  if (found !== undefined) {
    history.replaceState(null, "", location.pathname + location.search);
    await credentials.signIn(decodeURIComponent(found));
  }
  await credentials.check();
  return credentials;
}

class StoredCredentials implements Credentials {
  known = false;

  headers(): Record<string, string> {
    const key = localStorage.getItem(KEY);
    if (key !== null) return { "X-Loom-Session": key };
    const token = sessionStorage.getItem(TOKEN);
    return token === null ? {} : { Authorization: `Bearer ${token}` };
  }

  protocols(): string[] {
    const key = localStorage.getItem(KEY);
    if (key !== null) return ["loom", `session.${key}`];
    const token = sessionStorage.getItem(TOKEN);
    return token === null ? ["loom"] : ["loom", `bearer.${token}`];
  }

  async signIn(token: string): Promise<boolean> {
    const answer = await fetch("/api/v1/session", {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      credentials: "same-origin",
    });
    if (!answer.ok) return false;
    const session = (await answer.json()) as { key: string };
    localStorage.setItem(KEY, session.key);
    sessionStorage.setItem(TOKEN, token);
    this.known = true;
    return true;
  }

  /** Ask whether what we have is still good; a session that has ended gives way to the tab's token. */
  async check(): Promise<void> {
    this.known = await this.isGood();
    const token = sessionStorage.getItem(TOKEN);
    if (!this.known && localStorage.getItem(KEY) !== null) {
      localStorage.removeItem(KEY);
      this.known = token === null ? await this.isGood() : await this.signIn(token);
    }
  }

  signOut(): void {
    localStorage.removeItem(KEY);
    sessionStorage.removeItem(TOKEN);
    this.known = false;
  }

  private async isGood(): Promise<boolean> {
    try {
      const answer = await fetch("/api/v1/session", { headers: this.headers(), credentials: "same-origin" });
      return answer.ok && ((await answer.json()) as { signed_in: boolean }).signed_in;
    } catch {
      return true; // not reachable now: nothing says that we are strangers
    }
  }
}
