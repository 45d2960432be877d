/** What is wrong with a node of the document on show: what the live document says, or what its plan met. */
import { useApp, useDocument, usePlan, useWholeId } from "../app/context";
import { problemOf, type SocketProblem } from "./problems";

export function useProblem(node: string): SocketProblem | null {
  const app = useApp();
  const id = useWholeId(node);
  const live = useDocument((state) => problemOf(state.problems, state.whole, id));
  const planned = usePlan((state) => problemOf(state.problems, app.document.whole, id));
  return live ?? planned;
}
