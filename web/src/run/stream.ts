/** The server's events over a WebSocket that comes back after every loss, with the number that it saw last. */
import type { Api } from "../api/client";
import { type PreviewHead, type RunEvent, readPreview } from "./events";

export interface StreamListener {
  event(event: RunEvent): void;
  preview(head: PreviewHead, picture: Blob): void;
  open(connected: boolean): void;
}

export class EventStream {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private closed = false;

  constructor(
    private readonly api: Api,
    private after: number,
    private readonly listener: StreamListener,
  ) {
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    this.socket?.close();
  }

  private connect(): void {
    const socket = this.api.socket(`events?after=${this.after}&previews=true`);
    socket.binaryType = "arraybuffer";
    this.socket = socket;
    socket.onopen = () => this.listener.open(true);
    socket.onmessage = ({ data }) => {
      if (data instanceof ArrayBuffer) {
        const { head, picture } = readPreview(data);
        this.listener.preview(head, picture);
        return;
      }
      const event = JSON.parse(String(data)) as RunEvent;
      if (event.id <= this.after) return;
      this.after = event.id;
      this.listener.event(event);
    };
    socket.onclose = () => {
      this.listener.open(false);
      if (!this.closed) this.timer = setTimeout(() => this.connect(), 1000);
    };
  }
}
