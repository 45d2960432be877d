/** Paint what is to be made anew. It is kept as the transparency of the picture, which `image.load` gives as its mask. */
import { Dialog } from "radix-ui";
import { useEffect, useState } from "react";
import { useApp, useResults } from "../../app/context";
import { uploadDigest } from "../../graph/uploads";
import { Painter } from "./Painter";
import { readSource, type Source } from "./source";
import "./mask.css";

export function MaskEditor() {
  const app = useApp();
  const node = useResults((state) => state.mask);
  const close = (): void => app.results.setState({ mask: null });
  const file = node === null ? undefined : app.document.document.nodes[node]?.inputs?.file;
  const digest = uploadDigest(file);
  const [source, setSource] = useState<Source | null>(null);
  useEffect(() => {
    if (digest === null) return;
    let current = true;
    readSource(app, digest).then(
      (found) => current && setSource(found),
      (error: Error) => {
        app.tell(error.message, "error");
        app.results.setState({ mask: null });
      },
    );
    return () => {
      current = false;
    };
  }, [app, digest]);
  return (
    <Dialog.Root open={node !== null} onOpenChange={(open) => !open && close()}>
      <Dialog.Portal>
        <div className="veil lightbox-veil" />
        <Dialog.Content
          className="mask-editor"
          aria-describedby={undefined}
          onEscapeKeyDown={(event) => app.painter.current?.leave() === false && event.preventDefault()}
        >
          {node !== null && source !== null ? (
            <Painter node={node} source={source} close={close} />
          ) : (
            <Dialog.Title className="mask-wait">Reading the picture…</Dialog.Title>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
