/** Text of one line, and of many: a prompt. Keys pressed while an input method composes do nothing else. */
import { lazy, Suspense, useRef } from "react";
import { useApp, useDocument } from "../app/context";
import { typeName } from "../graph/document";
import { encoderModel } from "../graph/encoder";
import type { WidgetProps } from "./Field";
import { useDraft } from "./useDraft";
import "./text.css";

const WildcardPreview = lazy(() => import("./WildcardPreview"));
const TokenCount = lazy(() => import("./TokenCount"));

export function TextField({ node, value, label, set, input }: WidgetProps) {
  const { registry } = useApp();
  const type = useDocument((state) => state.view.nodes[node]?.type ?? "");
  const model = useDocument((state) => encoderModel(state.view, registry, node));
  const draft = useDraft(typeof value === "string" ? value : "", set);
  const composing = useRef(false);
  return (
    <label className="field text nodrag nowheel">
      <span className="field-label text-head">
        <span>{label}</span>
        {typeName(type) === "text.wildcard" && draft.text.includes("{") && (
          <Suspense>
            <WildcardPreview node={node} text={draft.text} />
          </Suspense>
        )}
        {model !== null && (
          <Suspense>
            <TokenCount model={model} text={draft.text} />
          </Suspense>
        )}
      </span>
      <textarea
        aria-label={label}
        value={draft.text}
        spellCheck={false}
        placeholder={input.name === "text" ? "Describe the picture…" : ""}
        onChange={(event) => draft.change(event.target.value)}
        onCompositionStart={() => {
          composing.current = true;
        }}
        onCompositionEnd={() => {
          composing.current = false;
        }}
        onBlur={draft.flush}
        onKeyDown={(event) => {
          if (composing.current || event.nativeEvent.isComposing) return;
          if (event.key === "Escape") event.currentTarget.blur();
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) draft.flush();
        }}
      />
    </label>
  );
}

export function LineField({ value, label, set, isDefault }: WidgetProps) {
  const draft = useDraft(typeof value === "string" ? value : "", set);
  return (
    <label className="field line nodrag" data-default={isDefault}>
      <span className="field-label">{label}</span>
      <span className="field-box">
        <input
          aria-label={label}
          value={draft.text}
          spellCheck={false}
          onChange={(event) => draft.change(event.target.value)}
          onBlur={draft.flush}
          onKeyDown={(event) => event.key === "Enter" && !event.nativeEvent.isComposing && draft.flush()}
        />
      </span>
    </label>
  );
}
