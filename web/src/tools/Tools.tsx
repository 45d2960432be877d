/** What the tools need on the page: the clipboard's events. */
import { useClipboard } from "./useClipboard";

export function Tools() {
  useClipboard();
  return null;
}
