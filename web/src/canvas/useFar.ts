/**
 * Near or far? Told by the camera itself, in the very moment that it moves: React Flow is emptied before it would draw
 * thousands of cards that nobody can read, and is filled again when they come near.
 */
import { useStoreApi } from "@xyflow/react";
import { useLayoutEffect } from "react";
import { useApp } from "../app/context";
import { FAR_ZOOM } from "./measures";

export function useFar(): void {
  const app = useApp();
  const flow = useStoreApi();
  useLayoutEffect(() => {
    const look = (zoom: number): void => {
      const far = zoom < FAR_ZOOM;
      if (far === app.view.getState().far) return;
      if (far) {
        flow.getState().setNodes([]);
        flow.getState().setEdges([]);
      }
      app.view.setState({ far });
    };
    look(flow.getState().transform[2]);
    return flow.subscribe((state, was) => {
      if (state.transform[2] !== was.transform[2]) look(state.transform[2]);
    });
  }, [app, flow]);
}
