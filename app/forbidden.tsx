import { MessagePage } from "@/components/shell/message-page";

/** For whoever is turned away outside of the console's frame. */
export default function Forbidden() {
  return (
    <main className="px-4">
      <MessagePage title="You may not see this">Your role does not include it. Nothing was changed.</MessagePage>
    </main>
  );
}
