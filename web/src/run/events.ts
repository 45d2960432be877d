/** The numbered events of runs, as the server sends them. */

export interface OutputSummary {
  name: string;
  type: string;
  shape: number[] | null;
  dtype: string | null;
  bytes: number;
  text: string | null;
}

interface Numbered {
  id: number;
  run: string;
  number: number;
  time: number;
}

export type RunEvent = Numbered &
  (
    | { event: "RunQueued"; name: string; batch: string | null }
    | { event: "RunStarted"; nodes: Record<string, PlannedStatus>; steps: number; eta: number | null }
    | { event: "NodeStarted"; node: string }
    | { event: "NodeDone"; node: string; seconds: number; outputs: OutputSummary[] }
    | { event: "NodeCached"; node: string; outputs?: OutputSummary[] }
    | { event: "NodeFailedEvent"; node: string; message: string; detail?: string }
    | {
        event: "StepDone";
        frame: string;
        index: number;
        count: number;
        done: number;
        to_do: number;
        seconds: number;
        eta: number;
        /** the steps of the loops around it */
        path?: [string, number][];
      }
    | { event: "Progress"; node: string; done: number; total: number }
    | { event: "Warned"; message: string }
    | { event: "ArtifactMade"; node: string; name: string; digest: string; mime: string; url: string }
    | { event: "RunDone"; status: "done" | "failed" | "cancelled"; seconds: number; message: string }
    | { event: "WorkerRestarted" | "RunSuspended" | "RunResumed" | "EventsForgotten" }
  );

export type PlannedStatus = "run" | "cached" | "skipped" | "unknown";

/** A picture of a run under way: which node's, at which step. */
export interface PreviewHead {
  run: string;
  node: string;
  step: number | null;
  count: number | null;
  mime: string;
}

/** A binary frame: the length of a JSON header, the header, a picture. */
export function readPreview(bytes: ArrayBuffer): { head: PreviewHead; picture: Blob } {
  const length = new DataView(bytes).getUint32(0);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, length))) as PreviewHead;
  return { head, picture: new Blob([new Uint8Array(bytes, 4 + length)], { type: head.mime }) };
}
