import type { Metadata } from "next";
import { MessagePage } from "@/components/shell/message-page";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <MessagePage title="There is nothing at this address">
      The link may be cut short, or what it names was never here. Messages that left their queue keep their page;
      queues, causes and replays do, too.
    </MessagePage>
  );
}
