/** The shapes that the server speaks, under the names that the editor uses. Generated; see schema.d.ts. */
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type NodeTypes = Schemas["NodeTypes"];
export type NodeType = Schemas["NodeType"];
export type InputType = Schemas["Input"];
export type OutputType = Schemas["Output"];
export type Run = Schemas["Run"];
export type WholeRun = Schemas["Whole"];
export type QueueState = Schemas["QueueState"];
export type Picture = Schemas["Picture"];
export type Model = Schemas["Model"];
export type Asset = Schemas["Asset"];
export type ListedWorkflow = Schemas["Listed"];
export type History = Schemas["History"];
export type HistoryStep = Schemas["Step"];
export type States = Schemas["States"];
export type StateStep = Schemas["Told"];
export type Difference = Schemas["Difference"];
export type Comparison = Schemas["Comparison"];
export type Compared = Schemas["Compared"];
export type AskedVersions = Schemas["Versions"];
export type System = Schemas["System"];
export type RunTimes = Schemas["RunTimes"];
export type NodeTime = Schemas["NodeTime"];
export type LoopSteps = Schemas["LoopSteps"];
export type TokenCounts = Schemas["TokenCounts"];
export type NodePlan = Schemas["NodePlan"];
export type Planned = Schemas["Planned"];

export type Program = Schemas["Written"];
export type ReadProgram = Schemas["Read"];
export type TextPlaces = Program["places"];
export type TextProblem = ReadProgram["problems"][number];

/** What is wrong, and where. */
export interface Problem {
  message: string;
  node?: string | null;
  input?: string | null;
  expected?: string | null;
  got?: string | null;
  nearest?: string | null;
}
