/** Ask for the times of the run on show, when it has ended; while one goes on, those of the one before stay. */
import { useEffect } from "react";
import { useApp, useDocument, useRuns } from "../../app/context";
import { isUnderWay } from "../../run/runner";

export function useTimes(): void {
  const app = useApp();
  const name = useDocument((state) => state.name);
  const id = useRuns(({ current }) => (current === null || isUnderWay(current.status) ? null : current.id));
  const busy = useRuns(({ current }) => current !== null && isUnderWay(current.status));
  // biome-ignore lint/correctness/useExhaustiveDependencies: another workflow has other runs
  useEffect(() => {
    if (!busy) app.heats.show(id).catch((error: Error) => app.tell(error.message, "error"));
  }, [app, id, busy, name]);
}
