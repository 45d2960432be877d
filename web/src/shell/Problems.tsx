/** What is wrong before Run: a count in the bar, and the list behind it that leads to each. */
import { Popover } from "radix-ui";
import type { Problem } from "../api/types";
import { useApp, useDocument, usePlan, useUi } from "../app/context";
import { placeOf, placeTitle, problemText } from "../canvas/problems";
import type { WorkflowDocument } from "../graph/document";
import { goToProblem } from "./problemCommands";
import { problemList } from "./problemList";
import "./problems.css";

export function Problems() {
  const app = useApp();
  const open = useUi((state) => state.problems);
  const live = useDocument((state) => state.problems);
  const planned = usePlan((state) => state.problems);
  const whole = useDocument((state) => state.whole);
  const problems = problemList(live, planned);
  const count = problems.length;
  if (count === 0) return null;
  return (
    <Popover.Root open={open} onOpenChange={(now) => app.ui.setState({ problems: now })}>
      <Popover.Trigger className="button problems-button" aria-label={`${words(count)}: show them`}>
        <span className="problems-dot" aria-hidden="true" />
        <span role="status">{words(count)}</span>
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content
          className="menu problems"
          align="end"
          sideOffset={6}
          aria-label="Problems"
          onCloseAutoFocus={(event) => event.preventDefault()}
        >
          <ul>
            {problems.map((one, at) => (
              <li key={`${one.node} ${one.input} ${at}`}>
                <button
                  type="button"
                  className="menu-item problems-item"
                  disabled={one.node == null}
                  onClick={() => {
                    app.ui.setState({ problems: false });
                    goToProblem(app, one);
                  }}
                >
                  <strong>{titleOf(whole, one)}</strong>
                  <span>{problemText(one)}</span>
                </button>
              </li>
            ))}
          </ul>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function titleOf(whole: WorkflowDocument, problem: Problem): string {
  const place = placeOf(whole, problem);
  if (place !== null) return placeTitle(whole, place);
  return problem.input == null ? "The workflow" : `The workflow · ${problem.input.replaceAll("_", " ")}`;
}

const words = (count: number): string => `${count} ${count === 1 ? "problem" : "problems"}`;
