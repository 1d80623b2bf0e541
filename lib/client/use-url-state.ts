"use client";
import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import type * as z from "zod";
import { readUrlState } from "./url-state";

type Changes<T extends z.ZodObject> = { readonly [K in keyof z.output<T>]?: z.output<T>[K] | undefined };

/**
 * The page's state as its address has it, and a way to change it. A change keeps the other parameters and asks the server
 * for nothing: the view's query follows. Steps that a person would want to go back from (`"push"`) make history.
 */
export function useUrlState<T extends z.ZodObject>(
  schema: T,
): readonly [z.output<T>, (changes: Changes<T>, how?: "push" | "replace") => void] {
  const params = useSearchParams();
  const state = useMemo(() => readUrlState(schema, Object.fromEntries(params)), [schema, params]);
  const change = useCallback((changes: Changes<T>, how: "push" | "replace" = "push") => {
    const next = new URLSearchParams(location.search);
    for (const [key, value] of Object.entries(changes)) {
      if (value === undefined || value === "") next.delete(key);
      else next.set(key, String(value));
    }
    const text = next.toString();
    const address = text === "" ? location.pathname : `${location.pathname}?${text}`;
    if (how === "push") history.pushState(null, "", address);
    else history.replaceState(null, "", address);
  }, []);
  return [state, change];
}
