/** What would a run do, and why? Asked anew a moment after each edit; an answer that is out of date is thrown away. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import type { JsonObject, NodePlan, Problem } from "../api/types";
import type { WorkflowDocument } from "../graph/document";

export interface PlanState {
  /** null: not asked yet, or the document has problems */
  nodes: Record<string, NodePlan> | null;
  /** true while the plan is of an older document than the one shown */
  stale: boolean;
  problems: readonly Problem[];
  error: string | null;
}

const QUIET = 120; // ms without an edit

export class Planner {
  readonly store: StoreApi<PlanState> = createStore(() => ({
    nodes: null,
    stale: true,
    problems: [],
    error: null,
  }));
  private timer: ReturnType<typeof setTimeout> | undefined;
  private asking: AbortController | null = null;
  private document: WorkflowDocument | null = null;
  /** the document that the last plan was asked for */
  private asked: WorkflowDocument | null = null;

  /** the plan of all nodes, also of those in subgraphs: `use/node` */
  private whole: Record<string, NodePlan> | null = null;
  private prefix = "";

  constructor(private readonly api: Api) {}

  /** Show the plan of the nodes that begin with this: those of the subgraph that is open. */
  shows(prefix: string): void {
    this.prefix = prefix;
    this.store.setState({ nodes: within(this.whole, prefix) });
  }

  /** The document has changed: what is known is of an older one. */
  outdated(): void {
    clearTimeout(this.timer);
    this.store.setState({ stale: true });
  }

  /** The server has this document and found nothing wrong with it. */
  ready(document: WorkflowDocument): void {
    this.document = document;
    if (
      document.nodes === this.asked?.nodes &&
      document.subgraphs === this.asked.subgraphs &&
      this.store.getState().nodes !== null
    ) {
      this.store.setState({ stale: false });
      return;
    }
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), QUIET);
  }

  /** The document has problems: no plan until they are mended. */
  blocked(): void {
    clearTimeout(this.timer);
    this.asked = null;
    this.whole = null;
    this.store.setState({ nodes: null, stale: false, problems: [], error: null });
  }

  /** A run has ended: more is cached now. */
  async again(): Promise<void> {
    if (this.document !== null && this.asked !== null) await this.ask();
  }

  /** Why a node will run, in words. */
  async why(node: string): Promise<string | null> {
    if (this.document === null) return null;
    const { reasons } = await this.api.why({ workflow: this.document as unknown as JsonObject });
    return reasons[node] ?? null;
  }

  private async ask(): Promise<void> {
    const document = this.document;
    if (document === null) return;
    this.asking?.abort();
    const asking = new AbortController();
    this.asking = asking;
    this.asked = document;
    if (Object.keys(document.nodes).length === 0) {
      this.store.setState({ nodes: null, stale: false, problems: [], error: null });
      return;
    }
    try {
      const { nodes, problems } = await this.api.plan(
        { workflow: document as unknown as JsonObject },
        asking.signal,
      );
      if (this.asking !== asking) return;
      this.whole = problems.length > 0 ? null : nodes;
      const error = problems[0]?.message ?? null;
      this.store.setState({ nodes: within(this.whole, this.prefix), stale: false, problems, error });
    } catch (error) {
      if (this.asking !== asking || !(error instanceof ApiError)) return;
      this.store.setState({ nodes: null, stale: false, problems: error.problems, error: error.message });
    }
  }
}

export interface PlanSummary {
  run: number;
  cached: number;
  steps: number;
}

/** In numbers: nodes that will run, nodes that are cached, steps that will run. Frames count by their nodes. */
export function summaryOf(nodes: Record<string, NodePlan>, isFrame: (node: string) => boolean): PlanSummary {
  const summary: PlanSummary = { run: 0, cached: 0, steps: 0 };
  for (const [node, plan] of Object.entries(nodes)) {
    if (isFrame(node)) summary.steps += plan.status === "run" ? plan.steps_run : 0;
    else if (plan.status === "run" || plan.status === "unknown") summary.run += 1;
    else if (plan.status === "cached") summary.cached += 1;
  }
  return summary;
}

/** The plan of the nodes that begin with a prefix; a use of a subgraph is what its nodes are together. */
export function within(
  plan: Record<string, NodePlan> | null,
  prefix: string,
): Record<string, NodePlan> | null {
  if (plan === null) return null;
  const found: Record<string, NodePlan> = {};
  for (const [id, one] of Object.entries(plan)) {
    if (!id.startsWith(prefix)) continue;
    const name = id.slice(prefix.length);
    const slash = name.indexOf("/");
    if (slash < 0) found[name] = one;
    else found[name.slice(0, slash)] = together(found[name.slice(0, slash)], one);
  }
  return found;
}

const STRONGEST = ["run", "unknown", "cached", "skipped"] as const;

function together(a: NodePlan | undefined, b: NodePlan): NodePlan {
  if (a === undefined) return { ...b, key: null, reason: "" };
  const status = STRONGEST.find((one) => one === a.status || one === b.status) ?? a.status;
  return {
    status,
    steps_run: a.steps_run + b.steps_run,
    steps_cached: a.steps_cached + b.steps_cached,
    reason: "",
    key: null,
  };
}
