/** The server does not answer: what that means for the person's work. */
import { useApp, useDocument } from "../app/context";

export function Banner() {
  const app = useApp();
  const offline = useDocument((state) => state.connection === "offline");
  const waiting = useDocument((state) => state.pending.length);
  if (!offline) return null;
  return (
    <div className="banner" role="status">
      <span>
        The server does not answer. You can go on working:{" "}
        {waiting === 0
          ? "edits are kept here"
          : `${waiting} ${waiting === 1 ? "edit is" : "edits are"} kept here`}{" "}
        and sent when it is back.
      </span>
      <button type="button" className="button" onClick={() => app.document.retry()}>
        Try now
      </button>
    </div>
  );
}
