/** What travels along the link under the pointer: its type, and of the last run its shape, element type, size, picture. */
import { useEffect } from "react";
import { useApp, useDocument, useNodeRun, usePicture, usePlan, useView } from "../app/context";
import { split } from "../document/edits";
import { titleOf } from "../graph/document";
import { Inference } from "../graph/infer";
import { typeText } from "../graph/types";
import { Recall } from "../run/recall";
import { useSignal } from "../run/signals";
import type { SceneEdge } from "./scene";
import "./linkCard.css";

export function LinkCard() {
  const app = useApp();
  const hovered = useView((state) => state.link);
  const edge = hovered === null ? undefined : app.scene().edges.find((one) => one.id === hovered.id);
  if (hovered === null || edge === undefined) return null;
  const [x, y] = hovered.screen;
  const left = x + 300 > innerWidth ? x - 284 : x + 16;
  const top = Math.min(y + 14, innerHeight - 190);
  return (
    <div className="link-card" role="tooltip" style={{ left, top }}>
      <Facts key={edge.id} edge={edge} />
    </div>
  );
}

function Facts({ edge }: { edge: SceneEdge }) {
  const app = useApp();
  const document = useDocument((state) => state.view);
  const name = useDocument((state) => state.name) ?? "";
  const { source, node } = edge.link;
  const live = useNodeRun(source.node).outputs;
  const recalled = useSignal(app.recall.nodes, Recall.key(name, source.node)).outputs;
  const from = usePicture(source.node);
  const to = usePicture(edge.target);
  useEffect(() => {
    app.recall.load(name).catch(() => {});
  }, [app, name]);
  const type = new Inference(document, app.registry).output(source, node);
  const handle = split(edge.sourceHandle)[1] ?? source.output;
  const outputs = live.length > 0 ? live : recalled;
  const output =
    outputs.find((one) => one.name === (source.output ?? handle)) ?? (source.output ? undefined : outputs[0]);
  const isPicture = /Image|Mask/.test(typeText(type));
  const kept = usePlan((state) => /cached|skipped/.test(state.nodes?.[source.node]?.status ?? ""));
  const picture = from ?? (isPicture ? to : null);
  return (
    <>
      {picture !== null && <img src={picture.url} alt={`what ${source.node} gave`} width={72} height={72} />}
      <div className="link-facts">
        <p className="link-route">
          {titleOf(source.node)} → {titleOf(node)}
        </p>
        <p className="link-type">{typeText(type)}</p>
        {output === undefined ? (
          <p className="muted">
            {kept ? "kept in the cache; the last run had no need to load it" : "not computed yet"}
          </p>
        ) : (
          <>
            {output.shape !== null && <p className="link-shape">{output.shape.join("×") || "one number"}</p>}
            <p>{[output.dtype, bytesText(output.bytes)].filter(Boolean).join(" · ")}</p>
            {output.text !== null && <p className="link-text">{output.text}</p>}
          </>
        )}
      </div>
    </>
  );
}

function bytesText(bytes: number): string {
  if (bytes <= 0) return "";
  const units = ["bytes", "KB", "MB", "GB"];
  const power = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  const amount = bytes / 1024 ** power;
  return `${amount >= 100 || power === 0 ? Math.round(amount) : amount.toFixed(1)} ${units[power]}`;
}
