import type * as z from "zod";

export type UrlValues = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * What an address says, by its contract, key by key: a value that cannot be used is left out, so that an old or
 * mistyped link still opens the page. Keys with a default are always there.
 */
export function readUrlState<T extends z.ZodObject>(schema: T, values: UrlValues): z.output<T> {
  const usable: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(schema.shape)) {
    const value = values[key];
    const parsed = (part as z.ZodType).safeParse(Array.isArray(value) ? value[0] : value);
    if (parsed.success && parsed.data !== undefined) usable[key] = parsed.data;
  }
  return usable as z.output<T>;
}
