import type { Metadata } from "next";
import { messagesState } from "@/components/messages/message-state";
import { SearchView } from "@/components/search/search-view";
import { readUrlState, type UrlValues } from "@/lib/client/url-state";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { firstPage } from "../first-page";
import { Hydrated } from "../hydrated";

export const metadata: Metadata = { title: "Search" };

export default async function SearchPage({ searchParams }: { readonly searchParams: Promise<UrlValues> }) {
  const session = await pageGate("queues.read");
  const context = { store: composition().store, mayReadPayloads: session.permissions.includes("payloads.read") };
  const list = readUrlState(messagesState, await searchParams);
  return (
    <Hydrated known={await firstPage(context, list)}>
      <SearchView />
    </Hydrated>
  );
}
