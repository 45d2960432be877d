/** Short messages at the lower edge; errors stay longer. */
import { useApp, useUi } from "../app/context";
import { dismiss } from "../view/uiState";
import { CloseIcon } from "./icons";

export function Toasts() {
  const app = useApp();
  const toasts = useUi((state) => state.toasts);
  return (
    <section className="toasts" aria-live="polite" aria-label="messages">
      {toasts.map((one) => (
        <p
          className="toast"
          key={one.id}
          data-tone={one.tone}
          role={one.tone === "error" ? "alert" : "status"}
        >
          {one.text}
          <button type="button" aria-label="Dismiss" onClick={() => dismiss(app.ui, one.id)}>
            <CloseIcon />
          </button>
        </p>
      ))}
    </section>
  );
}
