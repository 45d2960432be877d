/** Random names that need no secure context (a server in the local network is reached over plain HTTP). */

export function randomId(bytes = 12): string {
  const found = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(found, (one) => one.toString(16).padStart(2, "0")).join("");
}

const KEY = "loom.client";

/** Who this tab is to the documents: the same after a reload, so that its undo goes on. */
export function tabIdentity(): string {
  const known = sessionStorage.getItem(KEY);
  if (known !== null) return known;
  const made = randomId();
  sessionStorage.setItem(KEY, made);
  return made;
}

/** Hold a lock for as long as this tab lives; `isAlive` tells it to the others. */
export function announceTab(client: string): void {
  void navigator.locks?.request(`loom.tab.${client}`, () => new Promise(() => {}));
}

/** True if another tab with this identity is alive; where a browser cannot tell, true to be safe. */
export async function isAlive(client: string): Promise<boolean> {
  if (navigator.locks === undefined) return true;
  return navigator.locks.request(`loom.tab.${client}`, { ifAvailable: true }, (lock) => lock === null);
}
