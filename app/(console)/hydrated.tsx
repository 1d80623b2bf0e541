import { dehydrate, HydrationBoundary, QueryClient, type QueryKey } from "@tanstack/react-query";
import type { ReactNode } from "react";

interface Known {
  readonly queryKey: QueryKey;
  readonly data: unknown;
}

/** What the server already read, under the key by which the view will ask for it. */
export function known<T>(query: { readonly queryKey: QueryKey & { [dataTagSymbol]?: T } }, data: T): Known {
  return { queryKey: query.queryKey, data };
}
declare const dataTagSymbol: unique symbol;

/** The same for a list in pages: its first page. */
export function knownPage(query: { readonly queryKey: QueryKey }, page: unknown): Known {
  return { queryKey: query.queryKey, data: { pages: [page], pageParams: [null] } };
}

/** Hands what the server read to the views below, so that the first paint has figures. */
export function Hydrated({ known: entries, children }: { known: readonly Known[]; children: ReactNode }) {
  const client = new QueryClient();
  for (const entry of entries) client.setQueryData(entry.queryKey, entry.data);
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}
