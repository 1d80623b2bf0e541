import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { Frame } from "@/components/shell/frame";
import { SessionProvider } from "@/lib/client/session";
import { THEME_COOKIE, themeOf } from "@/lib/client/theme";
import { pageGate } from "@/lib/server/gate";
import { sessionView } from "@/lib/server/session";

export default async function ConsoleLayout({ children }: { children: ReactNode }) {
  const session = await pageGate("signed-in");
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <SessionProvider session={sessionView(session)}>
      <Frame theme={theme}>{children}</Frame>
    </SessionProvider>
  );
}
