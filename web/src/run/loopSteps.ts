/**
 * What there is to see of the steps of a run's loops, and at which step a person looks. The pictures are drawn by the
 * server when they are shown, from what it keeps of the steps: so they are there after a reload, for steps that came
 * from the cache, and while the run goes on. Of a run that goes on nothing is asked before a person looks.
 */
import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import type { LoopSteps } from "../api/types";
import { turnOf } from "./progress";
import { Signals } from "./signals";

/** Where a person looks in a loop: the step (null: where the run is), and which of the things to see (null: whatever). */
export interface Looked {
  run: string | null;
  step: number | null;
  sight: string | null;
}

/** What was listed, and when: `ENDED`, or the turn and the step that the loop had come to. */
export interface Listed {
  at: string;
  turn: string;
  loop: LoopSteps;
}

export const ENDED = "ended";
const NOWHERE: Looked = { run: null, step: null, sight: null };

export class StepViews {
  /** by `key`; null: not known (yet) */
  readonly lists = new Signals<Listed | null>(null);
  /** by frame */
  readonly looked = new Signals<Looked>(NOWHERE);
  /** by `key`: when a list was wanted last */
  private readonly wanted = new Map<string, string>();
  private readonly asking = new Set<string>();

  constructor(private readonly api: Api) {}

  static key(run: string, loop: string): string {
    return `${run} ${loop}`;
  }

  /** Ask for the steps of a loop, once for each `at`, and one after another. */
  async load(run: string, loop: string, at: string): Promise<void> {
    const key = StepViews.key(run, loop);
    if (this.wanted.get(key) === at) return;
    this.wanted.set(key, at);
    if (this.asking.has(key)) return;
    this.asking.add(key);
    for (let asked = ""; asked !== this.wanted.get(key); ) {
      asked = this.wanted.get(key) ?? "";
      await this.list(run, loop, key, asked);
    }
    this.asking.delete(key);
  }

  private async list(run: string, loop: string, key: string, at: string): Promise<void> {
    try {
      const found = await this.api.loopSteps(run, loop);
      this.lists.set(key, { at, turn: turnOf(found.path), loop: found });
    } catch (error) {
      if (!(error instanceof ApiError)) throw error; // a run that is forgotten: nothing to see
    }
  }

  /** Look at a step of a run; null: at where the run is. */
  look(frame: string, run: string | null, step: number | null): void {
    this.looked.update(frame, (was) => ({ ...was, run, step }));
  }

  /** Which of the things to see; null: while the run goes on, what it shows of itself. */
  choose(frame: string, sight: string | null): void {
    this.looked.update(frame, (was) => ({ ...was, sight }));
  }
}
