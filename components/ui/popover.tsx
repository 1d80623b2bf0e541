"use client";
import { Popover as Radix } from "radix-ui";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon";
import { publishNonce } from "./nonce";

/** Text that a button opens beside itself; the page stays usable. */
export function Popover({ label, icon, children }: { label: string; icon: IconName; children: ReactNode }) {
  return (
    <Radix.Root onOpenChange={publishNonce}>
      <Radix.Trigger
        aria-label={label}
        className="inline-flex min-h-8 min-w-8 items-center justify-center rounded-md text-soft hover:bg-hover hover:text-ink data-[state=open]:bg-hover"
      >
        <Icon name={icon} />
      </Radix.Trigger>
      <Radix.Portal>
        <Radix.Content
          aria-label={label}
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-40 w-[34rem] max-w-[calc(100vw-1rem)] rounded-md border border-line bg-raised shadow-lg"
        >
          <section
            aria-label={label}
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
            tabIndex={0}
            className="max-h-[70vh] overflow-y-auto rounded-md p-4"
          >
            {children}
          </section>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  );
}
