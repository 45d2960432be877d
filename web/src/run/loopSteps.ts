/**
 * What there is to see of the steps of loops of runs that ended, and at which step a person looks. The pictures are
 * drawn by the server when they are shown, from what it keeps of the steps: so they are there after a reload, and for
 * steps that came from the cache.
 */
import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import type { LoopSteps } from "../api/types";
import { Signals } from "./signals";

/** Where a person looks in a loop: the step (null: where the run is), and which of the things to see. */
export interface Looked {
  run: string | null;
  step: number | null;
  sight: string | null;
}

const NOWHERE: Looked = { run: null, step: null, sight: null };

export class StepViews {
  /** by `key`; null: not known (yet) */
  readonly lists = new Signals<LoopSteps | null>(null);
  /** by frame */
  readonly looked = new Signals<Looked>(NOWHERE);
  private readonly asked = new Set<string>();

  constructor(private readonly api: Api) {}

  static key(run: string, loop: string): string {
    return `${run} ${loop}`;
  }

  /** Ask for the steps of a loop, once. */
  async load(run: string, loop: string): Promise<void> {
    const key = StepViews.key(run, loop);
    if (this.asked.has(key)) return;
    this.asked.add(key);
    try {
      this.lists.set(key, await this.api.loopSteps(run, loop));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // a run of another workflow, a model that is gone: nothing to see
    }
  }

  /** Look at a step of a run; null: back to where the run is. */
  look(frame: string, run: string | null, step: number | null): void {
    this.looked.update(frame, (was) => ({ ...was, run, step }));
  }

  choose(frame: string, sight: string): void {
    this.looked.update(frame, (was) => ({ ...was, sight }));
  }
}
