/** A socket: coloured by type, shaped by family. While a link is drawn, what does not fit fades. */
import { Handle, Position } from "@xyflow/react";
import { memo } from "react";
import { useApp, useView } from "../app/context";
import { type Type, typeText } from "../graph/types";
import { fitOf } from "./linking";
import { SHAPES, type Shape, socketLook } from "./sockets";

interface Props {
  node: string;
  id: string;
  end: "input" | "output";
  /** the side that the link leaves by */
  side: "left" | "right";
  type: Type;
  y: number;
  x?: number;
  label: string;
  optional?: boolean;
}

export const Socket = memo(function Socket({
  node,
  id,
  end,
  side,
  type,
  y,
  x,
  label,
  optional = false,
}: Props) {
  const app = useApp();
  const fit = useView((state) =>
    state.connecting === null ? "idle" : fitOf(app, state.connecting, { node, handle: id }, end),
  );
  const { colour, shape, list } = socketLook(type);
  return (
    <Handle
      id={id}
      type={end === "input" ? "target" : "source"}
      position={side === "left" ? Position.Left : Position.Right}
      className="socket"
      style={x === undefined ? { top: y } : { top: y, left: x, right: "auto" }}
      data-fit={fit}
      data-optional={optional}
      role="img"
      aria-label={`${end} ${label}: ${typeText(type)}`}
      title={`${label}: ${typeText(type)}`}
    >
      <SocketShape shape={shape} colour={colour} list={list} />
    </Handle>
  );
});

export function SocketShape({ shape, colour, list }: { shape: Shape; colour: string; list: boolean }) {
  return (
    <svg
      className="socket-shape"
      viewBox="0 0 12 12"
      width="12"
      height="12"
      aria-hidden="true"
      style={{ color: colour }}
    >
      {list && <path d={SHAPES[shape]} className="socket-second" />}
      <path d={SHAPES[shape]} className={shape === "ring" ? "socket-ring" : "socket-fill"} />
    </svg>
  );
}
