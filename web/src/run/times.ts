/** How long a call of a node type takes here: a running mean, remembered, so that a plan can say about how long it takes. */
import type { NodePlan } from "../api/types";
import { typeName, type WorkflowDocument } from "../graph/document";

const KEY = "loom.times";
type Means = Record<string, number>;

export class Times {
  private means: Means;

  constructor(private readonly storage: Storage) {
    try {
      this.means = JSON.parse(storage.getItem(KEY) ?? "{}") as Means;
    } catch {
      this.means = {};
    }
  }

  /** `calls` calls of a node type took so many seconds. */
  note(type: string, seconds: number, calls: number): void {
    const name = typeName(type);
    const one = seconds / Math.max(1, calls);
    const was = this.means[name];
    this.means[name] = was === undefined ? one : was * 0.6 + one * 0.4;
    this.storage.setItem(KEY, JSON.stringify(this.means));
  }

  /** Seconds that a plan will take; null if nothing of it was ever measured. */
  estimate(document: WorkflowDocument, plan: Record<string, NodePlan>): number | null {
    let seconds = 0;
    let known = false;
    for (const [node, { status, steps_run }] of Object.entries(plan)) {
      const type = document.nodes[node]?.type;
      const mean = type === undefined ? undefined : this.means[typeName(type)];
      if (status !== "run" || mean === undefined) continue;
      known = true;
      seconds += mean * Math.max(1, steps_run);
    }
    return known ? seconds : null;
  }
}
