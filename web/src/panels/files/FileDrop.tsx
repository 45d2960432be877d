/** Files that are dropped on the page or pasted into it; pictures of the gallery that are dragged onto the canvas. */
import { useEffect, useState } from "react";
import type { Picture } from "../../api/types";
import { useApp, useResults } from "../../app/context";
import type { App } from "../../app/services";
import { isField } from "../../commands/keys";
import { compareWith, documentSide, sideOfFile, sideOfPicture } from "../versions/sides";
import { PICTURE_DRAG } from "./drag";
import { openFiles, openText, workflowIn } from "./open";
import { placeFile, type Where } from "./place";
import "./files.css";

export function FileDrop() {
  const app = useApp();
  const [over, setOver] = useState(false);
  const comparing = useResults((state) => state.versions !== null);
  useEffect(() => {
    const tell = (error: Error): void => app.tell(error.message, "error");
    const isComparing = (): boolean => app.results.getState().versions !== null;
    const onOver = (event: DragEvent): void => {
      const types = event.dataTransfer?.types ?? [];
      const files = types.includes("Files");
      if (!files && !types.includes(PICTURE_DRAG)) return;
      event.preventDefault();
      if (event.dataTransfer) event.dataTransfer.dropEffect = "copy";
      setOver(files);
    };
    const onLeave = (event: DragEvent): void => {
      if (event.relatedTarget === null) setOver(false);
    };
    const onDrop = (event: DragEvent): void => {
      setOver(false);
      const files = [...(event.dataTransfer?.files ?? [])];
      const picture = event.dataTransfer?.getData(PICTURE_DRAG) ?? "";
      if (files.length === 0 && picture === "") return;
      event.preventDefault();
      if (isComparing()) {
        const [file] = files;
        const side =
          file !== undefined ? sideOfFile(file) : sideOfPicture(app, JSON.parse(picture) as Picture);
        side.then((one) => compareWith(app, one)).catch(tell);
        return;
      }
      const where = whereOf(app, event);
      if (files.length > 0) openFiles(app, files, where).catch(tell);
      else placePicture(app, JSON.parse(picture) as Picture, where).catch(tell);
    };
    const onPaste = (event: ClipboardEvent): void => {
      if (isField(event.target)) return;
      const files = [...(event.clipboardData?.files ?? [])];
      const document = workflowIn(event.clipboardData?.getData("text/plain") ?? "");
      if (files.length === 0 && document === null) return;
      event.preventDefault();
      const [file] = files;
      if (isComparing() && file !== undefined)
        sideOfFile(file)
          .then((side) => compareWith(app, side))
          .catch(tell);
      else if (isComparing() && document !== null)
        compareWith(app, documentSide("What was pasted", document));
      else if (files.length > 0) openFiles(app, files).catch(tell);
      else if (document !== null) openText(app, document).catch(tell);
    };
    addEventListener("dragover", onOver);
    addEventListener("dragleave", onLeave);
    addEventListener("drop", onDrop);
    addEventListener("paste", onPaste);
    return () => {
      removeEventListener("dragover", onOver);
      removeEventListener("dragleave", onLeave);
      removeEventListener("drop", onDrop);
      removeEventListener("paste", onPaste);
    };
  }, [app]);
  if (!over) return null;
  return (
    <div className="file-drop" aria-hidden="true">
      <p>{comparing ? "Drop a workflow to compare with" : "Drop a workflow to open it, a photo to use it"}</p>
    </div>
  );
}

function whereOf(app: App, event: DragEvent): Where {
  const node = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-node]") : null;
  const at = app.canvas.current?.toCanvas([event.clientX, event.clientY]);
  return { ...(at === undefined ? {} : { at }), ...(node?.dataset.node ? { node: node.dataset.node } : {}) };
}

async function placePicture(app: App, picture: Picture, where: Where): Promise<void> {
  const bytes = await app.api.bytes(picture.url);
  await placeFile(app, new File([bytes], picture.name, { type: picture.mime }), where);
}
