"use client";
import { DropdownMenu } from "radix-ui";
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icon";
import { publishNonce } from "./nonce";

/** A menu under a button. */
export function Menu({ label, trigger, children }: { label: string; trigger: ReactNode; children: ReactNode }) {
  return (
    <DropdownMenu.Root onOpenChange={publishNonce}>
      <DropdownMenu.Trigger
        aria-label={label}
        className="inline-flex min-h-8 items-center gap-1.5 rounded-md px-2 text-soft hover:bg-hover hover:text-ink data-[state=open]:bg-hover"
      >
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-40 min-w-48 rounded-md border border-line bg-raised p-1 shadow-lg"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const ITEM = "flex min-h-8 items-center gap-2 rounded-sm px-2 outline-none data-[highlighted]:bg-hover";

export function MenuItem({ icon, onSelect, children }: { icon?: IconName; onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Item onSelect={onSelect} className={ITEM}>
      {icon && <Icon name={icon} className="text-soft" />}
      {children}
    </DropdownMenu.Item>
  );
}

interface MenuChoiceProps<T extends string> {
  title: string;
  value: T;
  options: readonly { value: T; label: string; icon: IconName }[];
  onChange: (value: T) => void;
}

/** One of several, with a mark at the chosen one. */
export function MenuChoice<T extends string>({ title, value, options, onChange }: MenuChoiceProps<T>) {
  return (
    <DropdownMenu.RadioGroup value={value} onValueChange={(next) => onChange(next as T)}>
      <DropdownMenu.Label className="px-2 py-1 text-xs text-faint">{title}</DropdownMenu.Label>
      {options.map((option) => (
        <DropdownMenu.RadioItem key={option.value} value={option.value} className={ITEM}>
          <Icon name={option.icon} className="text-soft" />
          <span className="flex-1">{option.label}</span>
          <DropdownMenu.ItemIndicator>
            <Icon name="check" className="text-accent" />
          </DropdownMenu.ItemIndicator>
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuNote({ children }: { children: ReactNode }) {
  return (
    <div className="border-b border-line px-2 pt-1 pb-2 mb-1 text-sm last:border-b-0 last:pb-1 last:mb-0">
      {children}
    </div>
  );
}
