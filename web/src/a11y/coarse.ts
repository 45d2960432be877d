/** Whether the first pointer is a finger: what is for fingers is shown then. */
import { useSyncExternalStore } from "react";

const COARSE = "(pointer: coarse)";

export function useCoarse(): boolean {
  return useSyncExternalStore(onChange, isCoarse);
}

export function isCoarse(): boolean {
  return matchMedia(COARSE).matches;
}

function onChange(told: () => void): () => void {
  const pointer = matchMedia(COARSE);
  pointer.addEventListener("change", told);
  return () => pointer.removeEventListener("change", told);
}
