import { expect, it } from "vitest";
import type { HistoryStep } from "../../api/types";
import { groupsOf } from "./groups";

const step = (revision: number, at: number, did: string[], kind = "ops"): HistoryStep => ({
  revision,
  at,
  did,
  kind,
  client: "me",
  id: String(revision),
});

it("the same edit many times in a row is one line, the newest of them", () => {
  const steps = [
    step(5, 1000, ["undo of 4"], "undo"),
    step(4, 900, ["set input cfg.scale"]),
    step(3, 850, ["set input cfg.scale"]),
    step(2, 100, ["set input cfg.scale"]),
    step(1, 90, [], "create"),
  ];
  expect(groupsOf(steps).map(({ revision, did }) => [revision, did])).toEqual([
    [5, "Undid revision 4"],
    [4, "Set cfg.scale"],
    [2, "Set cfg.scale"],
    [1, "Began"],
  ]);
});

it("an edit of several operations says its first and how many more", () => {
  expect(groupsOf([step(1, 0, ["add node mask", "link blur.mask", "move"])])[0]?.did).toBe(
    "Add node mask, and 2 more",
  );
});
