"use client";
import { useEffect, useRef } from "react";

/** Keys by `KeyboardEvent.key`; "mod+k" is Ctrl-K, or Cmd-K on a Mac. */
export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const OFF_KEY = "dlq-single-keys";

/** Whether single-character shortcuts act; a person who dictates or slips may turn them off (WCAG 2.1.4). */
export function singleKeysOn(): boolean {
  return localStorage.getItem(OFF_KEY) !== "off";
}

export function setSingleKeys(on: boolean): void {
  if (on) localStorage.removeItem(OFF_KEY);
  else localStorage.setItem(OFF_KEY, "off");
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ? !isTickBox(target) : false;
}

function isTickBox(target: HTMLElement): boolean {
  return target instanceof HTMLInputElement && (target.type === "checkbox" || target.type === "radio");
}

/** Everything that listens, in the order in which it came onto the page. */
const listeners: { readonly current: KeyMap }[] = [];

/**
 * Listens on the whole page, but not while something is being typed or a dialog is open ("mod+…" keys act anywhere).
 * Of several that take a key, the one that came last acts: the bar of a selection goes before the page's head.
 */
export function useKeys(keys: KeyMap): void {
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    if (listeners.length === 0) document.addEventListener("keydown", dispatch);
    listeners.push(current);
    return () => {
      listeners.splice(listeners.indexOf(current), 1);
      if (listeners.length === 0) document.removeEventListener("keydown", dispatch);
    };
  }, []);
}

function dispatch(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const modified = event.ctrlKey || event.metaKey;
  const key = modified ? `mod+${event.key.toLowerCase()}` : event.key;
  const act = listeners.findLast(({ current }) => current[key] !== undefined)?.current[key];
  if (!act) return;
  const busy = isTyping(event.target) || document.querySelector('[role="dialog"],[role="menu"]') !== null;
  if (!modified && (busy || !singleKeysOn())) return;
  event.preventDefault();
  act(event);
}

const ROW = "[data-row]";

/** j and k move through the page's `[data-row]`s by focusing the `[data-row-link]` in them; x ticks the row's box. */
export function useRowKeys(): void {
  useKeys({
    j: () => step(1),
    k: () => step(-1),
    x: () => document.activeElement?.closest(ROW)?.querySelector<HTMLInputElement>('input[type="checkbox"]')?.click(),
  });
}

function step(by: 1 | -1): void {
  const rows = [...document.querySelectorAll<HTMLElement>(ROW)].filter((row) => row.offsetParent !== null);
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next = rows[at === -1 ? (by === 1 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + by))];
  const link = next?.querySelector<HTMLElement>("[data-row-link]");
  link?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

/** "/" goes to the page's search or filter field. */
export function focusSearch(): void {
  const field = document.querySelector<HTMLElement>("[data-search]");
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
}
