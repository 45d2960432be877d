/** A dialog in the middle of the page with a title and a way out: what help, keys and failures stand in. */
import { Dialog } from "radix-ui";
import type { ReactNode } from "react";
import { CloseIcon } from "../shell/icons";
import "./sheet.css";

interface Props {
  open: boolean;
  title: ReactNode;
  className?: string;
  close(): void;
  children: ReactNode;
}

export function Sheet({ open, title, className = "", close, children }: Props) {
  return (
    <Dialog.Root open={open} onOpenChange={(now) => !now && close()}>
      <Dialog.Portal>
        <div className="veil" />
        <Dialog.Content className={`help ${className}`} aria-describedby={undefined}>
          <header className="help-head">
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="button quiet icon" aria-label="Close">
              <CloseIcon />
            </Dialog.Close>
          </header>
          {children}
        </Dialog.Content>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
