/** A formula of one line, with its indices set low and its exponents high. */
import { Fragment } from "react";

const PART = /([_^])(\{[^}]*\}|[\p{L}\p{N}])/gu;

export function Formula({ text }: { text: string }) {
  const parts: { text: string; place: "" | "_" | "^" }[] = [];
  let at = 0;
  for (const found of text.matchAll(PART)) {
    parts.push({ text: text.slice(at, found.index), place: "" });
    parts.push({ text: (found[2] ?? "").replace(/^\{|\}$/g, ""), place: found[1] as "_" | "^" });
    at = found.index + found[0].length;
  }
  parts.push({ text: text.slice(at), place: "" });
  return parts.map((one, index) =>
    one.place === "_" ? (
      <sub key={index}>{one.text}</sub>
    ) : one.place === "^" ? (
      <sup key={index}>{one.text}</sup>
    ) : (
      <Fragment key={index}>{one.text}</Fragment>
    ),
  );
}
