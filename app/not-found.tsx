import { MessagePage } from "@/components/shell/message-page";

export default function NotFound() {
  return (
    <main className="px-4">
      <MessagePage title="There is nothing at this address">The link may be cut short or mistyped.</MessagePage>
    </main>
  );
}
