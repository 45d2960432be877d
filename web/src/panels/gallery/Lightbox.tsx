/** One picture in large, and what can be done with it. */
import { Dialog } from "radix-ui";
import { useState } from "react";
import { useApp, useResults } from "../../app/context";
import { ChevronIcon, CloseIcon, DownloadIcon, StarIcon } from "../../shell/icons";
import { CommandLine } from "../CommandLine";
import "./gallery.css";

export function Lightbox() {
  const app = useApp();
  const shown = useResults((state) => state.lightbox);
  const close = (): void => app.results.setState({ lightbox: null });
  const picture = shown?.pictures[shown.at];
  return (
    <Dialog.Root open={picture !== undefined} onOpenChange={(now) => !now && close()}>
      <Dialog.Portal>
        <div className="veil lightbox-veil" />
        <Dialog.Content className="lightbox" aria-describedby={undefined}>
          {shown !== null && picture !== undefined && (
            <>
              <figure className="lightbox-stage">
                <img key={picture.url} src={picture.url} alt={picture.text || picture.name} />
                <Turn id="picture.previous" side="left" off={shown.at === 0} />
                <Turn id="picture.next" side="right" off={shown.at === shown.pictures.length - 1} />
              </figure>
              <div className="lightbox-side">
                <header className="lightbox-head">
                  <Dialog.Title>{picture.name}</Dialog.Title>
                  <button
                    type="button"
                    className="button quiet icon lightbox-star"
                    aria-label="Favourite"
                    aria-pressed={picture.favourite}
                    onClick={() => app.commands.run("picture.favourite", app)}
                  >
                    <StarIcon />
                  </button>
                  <a
                    className="button quiet icon"
                    href={picture.url}
                    download={picture.name.split("/").at(-1)}
                    aria-label="Download"
                  >
                    <DownloadIcon />
                  </a>
                  <Dialog.Close className="button quiet icon" aria-label="Close">
                    <CloseIcon />
                  </Dialog.Close>
                </header>
                <p className="lightbox-text">{picture.text || "no prompt"}</p>
                <p className="muted">
                  {shown.at + 1} of {shown.pictures.length} ·{" "}
                  {new Date(picture.created * 1000).toLocaleString()} ·{" "}
                  {picture.workflow.replaceAll("_", " ")}
                </p>
                <div className="lightbox-actions">
                  <h3>Into this workflow</h3>
                  <CommandLine id="picture.all" />
                  <CommandLine id="picture.prompt" />
                  <CommandLine id="picture.seed" />
                  <CommandLine id="picture.send" />
                  <h3>Compare</h3>
                  <CommandLine id="picture.a" />
                  <CommandLine id="picture.b" />
                  <CommandLine id="picture.versions" />
                  <h3>The picture</h3>
                  <CommandLine id="picture.graph" />
                  <Delete key={picture.url} />
                </div>
              </div>
            </>
          )}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Turn({ id, side, off }: { id: string; side: "left" | "right"; off: boolean }) {
  const app = useApp();
  return (
    <button
      type="button"
      className="lightbox-turn"
      data-side={side}
      disabled={off}
      aria-label={app.commands.find(id)?.title}
      onClick={() => app.commands.run(id, app)}
    >
      <ChevronIcon />
    </button>
  );
}

/** Nothing brings a deleted picture back, so it is asked once more. */
function Delete() {
  const app = useApp();
  const [asked, setAsked] = useState(false);
  return (
    <button
      type="button"
      className="button command-line danger"
      onClick={() => (asked ? app.commands.run("picture.delete", app) : setAsked(true))}
    >
      {asked ? "Really delete it, for good?" : "Delete…"}
    </button>
  );
}
