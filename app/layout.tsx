import type { Metadata, Viewport } from "next";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { TipLayer } from "@/components/ui/tip-layer";
import { QueryProvider } from "@/lib/client/query-provider";
import { THEME_COOKIE, themeOf } from "@/lib/client/theme";
import "./globals.css";

export const metadata: Metadata = {
  title: { default: "DLQ Console", template: "%s · DLQ Console" },
  description: "Dead-letter queues: see, mend, replay.",
  robots: { index: false, follow: false },
};

export const viewport: Viewport = { width: "device-width", initialScale: 1, colorScheme: "light dark" };

export default async function RootLayout({ children }: { children: ReactNode }) {
  const theme = themeOf((await cookies()).get(THEME_COOKIE)?.value);
  return (
    <html lang="en" data-theme={theme}>
      <body>
        <QueryProvider>{children}</QueryProvider>
        <TipLayer />
      </body>
    </html>
  );
}
