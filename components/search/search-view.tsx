"use client";
import { PageHead } from "@/components/ui/page-head";
import { MessageList } from "../messages/message-list";

/** Where does this occur? The dead letters of all queues, by filter. */
export function SearchView() {
  return (
    <>
      <PageHead trail={[{ href: "/", label: "Queues" }]} title="Search all queues" />
      <MessageList place={null} />
    </>
  );
}
