/** The times of the run on show, asked for when somebody looks: the server keeps them. */
import { createStore, type StoreApi } from "zustand/vanilla";
import type { Api } from "../api/client";
import { ApiError } from "../api/http";
import type { RunTimes } from "../api/types";
import { type HeatMap, heatOf } from "./heat";

export class Heats {
  readonly store: StoreApi<{ times: RunTimes | null }> = createStore(() => ({ times: null }));
  private asked: string | null = null;
  private made: { times: RunTimes; prefix: string; map: HeatMap } | null = null;

  constructor(private readonly api: Api) {}

  /** Show the times of a run that has ended; null: of none. */
  async show(run: string | null): Promise<void> {
    if (this.asked === run) return;
    this.asked = run;
    try {
      const times = run === null ? null : await this.api.runTimes(run);
      if (this.asked === run) this.store.setState({ times });
    } catch (error) {
      this.asked = null;
      if (!(error instanceof ApiError)) throw error; // a run of somebody else, a server that is gone
    }
  }

  /** The times of the nodes that begin with a prefix; the same object until others come. */
  map(prefix: string): HeatMap | null {
    const { times } = this.store.getState();
    if (times === null) return null;
    if (this.made === null || this.made.times !== times || this.made.prefix !== prefix)
      this.made = { times, prefix, map: heatOf(times, prefix) };
    return this.made.map;
  }
}
