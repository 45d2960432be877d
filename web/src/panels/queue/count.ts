/** How many runs are under way or wait: the number on the queue's tab. */
import { useRuns } from "../../app/context";

export function useQueueCount(): number {
  return useRuns((state) => (state.queue?.waiting ?? 0) + (state.queue?.running.length ?? 0));
}
