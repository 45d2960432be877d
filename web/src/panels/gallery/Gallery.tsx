/** The pictures that runs have made, newest first. One opens in large; dragged onto the canvas it becomes an input. */
import { useCallback, useEffect, useState } from "react";
import type { Picture } from "../../api/types";
import { useApp, useDocument, useRuns } from "../../app/context";
import { StarIcon } from "../../shell/icons";
import { PICTURE_DRAG } from "../files/drag";
import "./gallery.css";

interface Filter {
  text: string;
  favourite: boolean;
  here: boolean;
}

export function Gallery() {
  const app = useApp();
  const [filter, setFilter] = useState<Filter>({ text: "", favourite: false, here: false });
  const { pictures, more } = usePictures(filter);
  const open = (at: number): void =>
    app.results.setState({ lightbox: pictures === null ? null : { pictures, at } });
  return (
    <>
      <input
        className="panel-search"
        type="search"
        placeholder="Words of the prompt"
        aria-label="search pictures"
        value={filter.text}
        onChange={(event) => setFilter({ ...filter, text: event.target.value })}
      />
      <div className="gallery-filters">
        <Toggle on={filter.here} set={(here) => setFilter({ ...filter, here })}>
          This workflow
        </Toggle>
        <Toggle on={filter.favourite} set={(favourite) => setFilter({ ...filter, favourite })}>
          Favourites
        </Toggle>
      </div>
      {pictures?.length === 0 && <p className="panel-empty">{emptyText(filter)}</p>}
      <ul className="gallery">
        {pictures?.map((one, at) => (
          <li key={`${one.digest} ${one.run} ${one.node}`}>
            <button
              type="button"
              title={one.text || one.name}
              draggable
              onDragStart={(event) => event.dataTransfer.setData(PICTURE_DRAG, JSON.stringify(one))}
              onClick={() => open(at)}
            >
              <img src={one.thumbnail} alt={one.text || one.name} loading="lazy" draggable={false} />
              {one.favourite && (
                <span className="gallery-star">
                  <StarIcon />
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {more !== null && (
        <button type="button" className="button gallery-more" onClick={more}>
          Older pictures
        </button>
      )}
    </>
  );
}

function Toggle(props: { on: boolean; set(on: boolean): void; children: string }) {
  return (
    <button type="button" className="chip" aria-pressed={props.on} onClick={() => props.set(!props.on)}>
      {props.children}
    </button>
  );
}

function emptyText({ text, favourite, here }: Filter): string {
  if (text !== "") return "No picture with these words.";
  if (favourite) return "No favourites yet: open a picture and press S.";
  return here ? "This workflow has made no picture yet." : "Pictures of your runs will be here.";
}

function usePictures({ text, favourite, here }: Filter) {
  const app = useApp();
  const changes = useRuns((state) => state.changes);
  const looked = useDocument((state) => (here ? (state.view.name ?? state.name) : null));
  const [pictures, setPictures] = useState<readonly Picture[] | null>(null);
  const [pages, setPages] = useState({ shown: 1, all: 1 });
  const ask = useCallback(
    (page: number) =>
      app.api.pictures({
        page,
        ...(text === "" ? {} : { text }),
        ...(favourite ? { favourite } : {}),
        ...(looked === null ? {} : { workflow: looked }),
      }),
    [app, text, favourite, looked],
  );
  // biome-ignore lint/correctness/useExhaustiveDependencies: `changes` asks again
  useEffect(() => {
    let current = true;
    const timer = setTimeout(() => {
      ask(1).then(
        (found) => {
          if (!current) return;
          setPictures(found.pictures);
          setPages({ shown: 1, all: found.pages });
        },
        (error: Error) => current && app.tell(error.message, "error"),
      );
    }, 120);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [app, ask, changes]);
  const more = (): void => {
    ask(pages.shown + 1).then(
      (found) => {
        setPictures([...(pictures ?? []), ...found.pictures]);
        setPages({ shown: pages.shown + 1, all: found.pages });
      },
      (error: Error) => app.tell(error.message, "error"),
    );
  };
  return { pictures, more: pages.shown < pages.all ? more : null };
}
