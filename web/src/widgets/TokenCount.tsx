/** How many of the text encoder's tokens a prompt takes, and what of it is not read. The server counts, with the model's tokenizer. */
import { useEffect, useState } from "react";
import type { TokenCounts } from "../api/types";
import { useApp } from "../app/context";

const PAUSE = 250; // ms without a key

export default function TokenCount({ model, text }: { model: string; text: string }) {
  const { api } = useApp();
  const [found, setFound] = useState<TokenCounts | null>(null);
  useEffect(() => {
    const ended = new AbortController();
    const timer = setTimeout(() => {
      api.countTokens(model, [text], ended.signal).then(setFound, () => {}); // no count is no harm
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [api, model, text]);
  const count = found?.counts[0];
  if (count === undefined || found?.limit == null) return null;
  const cut = count.tokens > found.limit;
  return (
    <span
      className="text-tokens"
      role="status"
      data-cut={cut}
      title={
        cut
          ? `Not read by the encoder: ${count.unread}`
          : "Tokens that the text encoder reads, with those of start and end"
      }
    >
      {count.tokens} / {found.limit}
      <span className="hidden-text"> tokens</span>
      {cut && (
        <>
          {" · cut"}
          <span className="hidden-text">. Not read: {count.unread}</span>
        </>
      )}
    </span>
  );
}
