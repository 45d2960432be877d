import { expect, test } from "vitest";
import type { Api } from "../api/client";
import type { LoopSteps } from "../api/types";
import { ENDED, type Listed, StepViews } from "./loopSteps";
import { IDLE } from "./progress";
import { seenOf } from "./stepView";

const STEPS = 5;

function steps(kept: number): LoopSteps {
  return {
    turns: 1,
    path: [],
    sights: [
      { name: "latent", label: "latent xₜ" },
      { name: "clean", label: "clean x̂₀" },
    ],
    steps: Array.from({ length: STEPS }, (_, index) => ({
      index,
      cached: null,
      seconds: null,
      pictures: {
        latent: index < kept ? `/latent/${index}` : null,
        clean: index < kept ? `/clean/${index}` : null,
      },
    })),
  };
}

const list = (at: string, kept = STEPS): Listed => ({ at, turn: "", loop: steps(kept) });
const previews = new Map([
  [0, "blob:0"],
  [1, "blob:1"],
  [2, "blob:2"],
]);
const going = {
  run: { ...IDLE, phase: "running" as const, step: 2, steps: STEPS },
  ended: false,
  watched: true,
  held: null,
  shown: 2,
  looked: { run: "r", step: null, sight: null },
  listed: list(" 2"),
  previews,
};

test("of a run that goes on nothing is asked before a person looks", () => {
  const seen = seenOf({ ...going, watched: false, listed: null });
  expect(seen).toMatchObject({ sights: [], ask: null, picture: { step: 2, url: "blob:2", label: null } });
});

test("who looks is offered what there is to see, beside what the run shows itself", () => {
  expect(seenOf({ ...going, listed: null }).ask).toBe(" 2");
  const seen = seenOf(going);
  expect(seen.sights.map((one) => one.label)).toEqual(["live", "latent xₜ", "clean x̂₀"]);
  expect(seen).toMatchObject({ sight: null, ask: null, picture: { url: "blob:2" } });
});

test("a step that is done has the picture that was chosen; one to come has what the run shows", () => {
  const looked = { ...going.looked, sight: "clean" };
  expect(seenOf({ ...going, looked }).picture).toEqual({ step: 2, url: "/clean/2", label: "clean x̂₀" });
  expect(seenOf({ ...going, looked, held: 0, shown: 0 }).picture?.url).toBe("/clean/0");
  expect(seenOf({ ...going, looked, held: 4, shown: 4 })).toMatchObject({
    ask: null,
    picture: { step: 2, url: "blob:2", label: null },
  });
});

test("what a list does not have of a step that is done is asked for anew, once for each step", () => {
  const looked = { ...going.looked, sight: "clean" };
  expect(seenOf({ ...going, looked, listed: list(" 1", 2) })).toMatchObject({
    ask: " 2",
    picture: { url: "blob:2" },
  });
  const turn = { ...going.run, turn: "days:1" };
  expect(seenOf({ ...going, looked, run: turn })).toMatchObject({
    ask: "days:1 2",
    picture: { url: "blob:2" },
  });
});

test("a run that ended shows what was chosen, says what is not kept, and offers nothing unasked", () => {
  const ended = { ...going, ended: true, run: { ...going.run, phase: "ran" as const } };
  expect(seenOf({ ...ended, watched: false, listed: list(ENDED) })).toMatchObject({ sights: [], ask: ENDED });
  expect(seenOf({ ...ended, held: 1, shown: 1, listed: list(ENDED) })).toMatchObject({
    sight: "latent",
    picture: { step: 1, url: "/latent/1" },
  });
  expect(seenOf({ ...ended, held: 4, shown: 4, listed: list(ENDED, 3) }).picture?.url).toBeNull();
});

test("lists are asked for one after another, and of many moments meanwhile only the last", async () => {
  const asked: ((value: LoopSteps) => void)[] = [];
  const api = { loopSteps: () => new Promise<LoopSteps>((resolve) => asked.push(resolve)) };
  const views = new StepViews(api as unknown as Api);
  const first = views.load("r", "sample", " 0");
  for (const at of [" 1", " 2", " 3"]) void views.load("r", "sample", at);
  expect(asked).toHaveLength(1);
  asked[0]?.(steps(1));
  await expect.poll(() => asked.length).toBe(2);
  expect(views.lists.get("r sample")?.at).toBe(" 0");
  asked[1]?.(steps(4));
  await first;
  expect(views.lists.get("r sample")?.at).toBe(" 3");
  await views.load("r", "sample", " 3");
  expect(asked).toHaveLength(2);
});
