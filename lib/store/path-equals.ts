import type { Prisma } from "./generated/client";

/**
 * The broker knows entities apart by their names in whatever case. Prisma compares so with ILIKE, for which "_" and "%" stand for anything
 * (its own issue 10810): "orders_eu" would be "orders-eu" as well.
 */
export function pathEquals(path: string): Prisma.StringFilter {
  return { equals: path.replace(/[\\_%]/g, "\\$&"), mode: "insensitive" };
}
