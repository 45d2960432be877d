/**
 * What only the events of a run tell: what a node gave, where it failed. Asked for when a person wants it, so that it is
 * there after a reload too; for what the last run took from the cache, the runs before it are asked.
 */
import type { Api } from "../api/client";
import type { OutputSummary, RunEvent } from "./events";
import { Signals } from "./signals";

export interface Recalled {
  outputs: readonly OutputSummary[];
  /** the traceback of its failure in the last run */
  detail: string | null;
}

const RUNS = 4;
const NOTHING: Recalled = { outputs: [], detail: null };

export class Recall {
  readonly nodes = new Signals<Recalled>(NOTHING);
  private newest = new Map<string, string>();

  constructor(private readonly api: Api) {}

  /** The key of a node of a workflow. */
  static key(workflow: string, node: string): string {
    return `${workflow}/${node}`;
  }

  /** Look through the last runs of a workflow, unless that was done since the last of them. */
  async load(workflow: string): Promise<void> {
    const { runs } = await this.api.runs(`name=${encodeURIComponent(workflow)}&limit=${RUNS}`);
    const [last] = runs;
    if (last === undefined || this.newest.get(workflow) === `${last.id} ${last.last}`) return;
    this.newest.set(workflow, `${last.id} ${last.last}`);
    const found = new Map<string, Recalled>();
    for (const run of runs) {
      const { events } = await this.api.get<{ events: RunEvent[] }>(`runs/${run.id}/events?after=0`);
      gather(found, events, run === last);
    }
    for (const [node, recalled] of found) this.nodes.set(Recall.key(workflow, node), recalled);
  }
}

/** Add what the events of an older run tell to what is known from newer ones. */
export function gather(found: Map<string, Recalled>, events: readonly RunEvent[], isLast: boolean): void {
  const known = new Set(found.keys());
  for (const event of events) {
    if (event.event === "NodeDone" || event.event === "NodeCached") {
      const outputs = event.outputs ?? [];
      if (!known.has(event.node) && outputs.length > 0)
        found.set(event.node, { detail: found.get(event.node)?.detail ?? null, outputs });
    }
    if (event.event === "NodeFailedEvent" && isLast)
      found.set(event.node, { outputs: found.get(event.node)?.outputs ?? [], detail: event.detail ?? "" });
  }
}
