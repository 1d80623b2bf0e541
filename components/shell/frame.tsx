"use client";
import { usePathname } from "next/navigation";
import { type ReactNode, useEffect, useRef, useState } from "react";
import { StopBanners } from "@/components/stops/stop-banners";
import { focusSearch, useKeys, useRowKeys } from "@/components/ui/keyboard";
import type { Theme } from "@/lib/client/theme";
import { Header } from "./header";
import { HelpSheet } from "./help-sheet";
import { Palette } from "./palette";

/** Who goes from page to page by keyboard goes on from the new page's content: what had the focus is gone, and the browser would begin at the header. */
function useFocusOnNewPage(): void {
  const path = usePathname();
  const last = useRef(path);
  useEffect(() => {
    if (last.current === path) return;
    last.current = path;
    if (document.activeElement === document.body) document.getElementById("main")?.focus({ preventScroll: true });
  }, [path]);
}

/** Header, keys that act everywhere, and the page in between. */
export function Frame({ theme, children }: { theme: Theme; children: ReactNode }) {
  const [open, setOpen] = useState<"palette" | "help" | null>(null);
  useFocusOnNewPage();
  useRowKeys();
  useKeys({
    "mod+k": () => setOpen("palette"),
    "?": () => setOpen("help"),
    "/": focusSearch,
  });
  return (
    <>
      <a
        href="#main"
        className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:m-2 focus:rounded-md focus:bg-raised focus:px-3 focus:py-2"
      >
        Skip to the content
      </a>
      <Header theme={theme} onPalette={() => setOpen("palette")} onHelp={() => setOpen("help")} />
      <main id="main" tabIndex={-1} className="mx-auto max-w-[1680px] px-3 pt-4 pb-24 outline-none sm:px-6 sm:pt-6">
        <StopBanners />
        {children}
      </main>
      <Palette open={open === "palette"} onClose={() => setOpen(null)} />
      <HelpSheet open={open === "help"} onClose={() => setOpen(null)} />
    </>
  );
}
