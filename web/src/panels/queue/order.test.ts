import { describe, expect, it } from "vitest";
import type { Run } from "../../api/types";
import { moved, partsOf } from "./order";

const run = (id: string, status: Run["status"], created = 0): Run => ({ id, status, created }) as Run;

describe("the queue", () => {
  it("shows what waits in the server's order; what the server does not name yet comes last", () => {
    const runs = [run("c", "queued", 3), run("b", "queued", 2), run("new", "queued", 4), run("r", "running")];
    const parts = partsOf([...runs, run("d", "done"), run("x", "cancelled")], ["b", "c"]);
    expect(parts.waiting.map((one) => one.id)).toEqual(["b", "c", "new"]);
    expect(parts.running.map((one) => one.id)).toEqual(["r"]);
    expect(parts.ended.map((one) => one.id)).toEqual(["d", "x"]);
  });

  it("moves a run beside the one whose place it takes, and nowhere beyond the ends", () => {
    const waiting = ["a", "b", "c"];
    expect(moved(waiting, "c", -1)).toEqual({ before: "b" });
    expect(moved(waiting, "c", -9)).toEqual({ before: "a" });
    expect(moved(waiting, "a", 2)).toEqual({ after: "c" });
    expect(moved(waiting, "a", -1)).toBeNull();
    expect(moved(waiting, "gone", 1)).toBeNull();
  });
});
