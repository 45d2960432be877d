/** What each node of the run on show is doing: a fold over the events. Pure. */
import type { OutputSummary, PlannedStatus, RunEvent } from "./events";

export type Phase = "idle" | "waiting" | "running" | "ran" | "cached" | "skipped" | "failed";

/** A picture to look at: its address, and of which step it is. */
export interface Shown {
  url: string;
  step: number | null;
}

export interface NodeRun {
  phase: Phase;
  /** of a long node: parts done and in all */
  done: number;
  total: number;
  /** of a frame: the step that was done last (from 0), how many there are, and which were not computed anew */
  step: number | null;
  steps: number;
  stepsCached: number;
  /** of a frame in another: at which of the steps around it */
  turn: string;
  eta: number | null;
  seconds: number | null;
  message: string | null;
  detail: string | null;
  outputs: readonly OutputSummary[];
}

export const IDLE: NodeRun = {
  phase: "idle",
  done: 0,
  total: 0,
  step: null,
  steps: 0,
  stepsCached: 0,
  turn: "",
  eta: null,
  seconds: null,
  message: null,
  detail: null,
  outputs: [],
};

const PLANNED: Record<PlannedStatus, Phase> = {
  run: "waiting",
  cached: "cached",
  skipped: "skipped",
  unknown: "waiting",
};

/** The node that an event is about, and what becomes of it; null if the event is about no node. */
export function nodeAfter(event: RunEvent, get: (node: string) => NodeRun): [string, NodeRun] | null {
  switch (event.event) {
    case "NodeStarted":
      return [event.node, { ...get(event.node), phase: "running", message: null, detail: null }];
    case "NodeDone":
      return [
        event.node,
        { ...get(event.node), phase: "ran", seconds: event.seconds, outputs: event.outputs },
      ];
    case "NodeCached": {
      const was = get(event.node);
      return was.phase === "ran"
        ? null
        : [event.node, { ...was, phase: "cached", outputs: event.outputs ?? was.outputs }];
    }
    case "NodeFailedEvent":
      return [
        event.node,
        { ...get(event.node), phase: "failed", message: event.message, detail: event.detail ?? null },
      ];
    case "Progress":
      return [event.node, { ...get(event.node), phase: "running", done: event.done, total: event.total }];
    case "StepDone": {
      const over = event.done >= event.to_do;
      const next: NodeRun = {
        ...get(event.frame),
        phase: over ? "ran" : "running",
        step: event.index,
        steps: event.count,
        stepsCached: event.count - event.to_do,
        turn: turnOf(event.path ?? []),
        eta: event.eta,
      };
      return [event.frame, next];
    }
    default:
      return null;
  }
}

/** One word for the steps of the loops around a loop. */
export function turnOf(path: readonly [string, number][]): string {
  return path.map((one) => one.join(":")).join(" ");
}

/** Every node at the start of a run, as its plan says. */
export function planned(nodes: Record<string, PlannedStatus>): [string, NodeRun][] {
  return Object.entries(nodes).map(([node, status]) => [node, { ...IDLE, phase: PLANNED[status] }]);
}
