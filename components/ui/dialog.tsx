"use client";
import { Dialog as Radix } from "radix-ui";
import { type ReactNode, useRef } from "react";
import { cx } from "./cx";
import { Icon } from "./icon";
import { publishNonce } from "./nonce";

interface DialogProps {
  open: boolean;
  onClose: () => void;
  title: string;
  /** Says what the dialog is for. */
  description?: ReactNode;
  children: ReactNode;
  /** Buttons, the one that acts last. */
  footer?: ReactNode;
  wide?: boolean;
  /** Keeps title and description for screen readers only. */
  bare?: boolean;
}

const FIELD = 'input:not([type="checkbox"]):not(:disabled), select:not(:disabled), textarea:not(:disabled)';

/** What is to be filled in comes first for the keyboard; without any, the button that closes. */
function focusFirstField(event: Event): void {
  const field =
    event.currentTarget instanceof HTMLElement ? event.currentTarget.querySelector<HTMLElement>(FIELD) : null;
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

/** A modal dialog: focus goes in, stays in, and returns to where it was. */
export function Dialog({
  open,
  onClose,
  title,
  description,
  children,
  footer,
  wide = false,
  bare = false,
}: DialogProps) {
  if (open) publishNonce();
  // Radix gives the focus back to a trigger of its own only; here a key or a menu opens a dialog, too.
  const before = useRef<Element | null>(null);
  const focusIn = (event: Event) => {
    before.current = document.activeElement;
    focusFirstField(event);
  };
  const focusBack = (event: Event) => {
    event.preventDefault();
    if (before.current instanceof HTMLElement) before.current.focus({ preventScroll: true });
  };
  return (
    <Radix.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          {...(description !== undefined ? {} : { "aria-describedby": undefined })}
          onOpenAutoFocus={focusIn}
          onCloseAutoFocus={focusBack}
          className={cx(
            "fixed inset-x-3 top-[6vh] z-40 mx-auto flex max-h-[88vh] flex-col rounded-lg border border-line bg-raised shadow-2xl",
            wide ? "max-w-3xl" : "max-w-lg",
          )}
        >
          <div className={bare ? "sr-only" : "flex items-start gap-3 border-b border-line px-4 py-3"}>
            <div className="min-w-0 flex-1">
              <Radix.Title className="text-lg font-semibold break-name">{title}</Radix.Title>
              {description && (
                <Radix.Description className="text-pretty text-soft break-name">{description}</Radix.Description>
              )}
            </div>
            {!bare && (
              <Radix.Close aria-label="Close" className="rounded-md p-1.5 text-soft hover:bg-hover">
                <Icon name="close" />
              </Radix.Close>
            )}
          </div>
          <div className={cx("min-h-0 overflow-y-auto", !bare && "p-4")}>{children}</div>
          {footer && <div className="flex flex-wrap justify-end gap-2 border-t border-line px-4 py-3">{footer}</div>}
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
