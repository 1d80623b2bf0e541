import type { Metadata } from "next";
import { MessagePage } from "@/components/shell/message-page";

export const metadata: Metadata = { title: "Not allowed" };

export default function Forbidden() {
  return (
    <MessagePage title="Your role does not include this page">
      Nothing was changed. Who you are signed in as, and with which role, stands at the top right; whoever administers
      this console can give you another one.
    </MessagePage>
  );
}
