"use client";
import { useQuery } from "@tanstack/react-query";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { cx } from "@/components/ui/cx";
import { Icon } from "@/components/ui/icon";
import { Kbd } from "@/components/ui/kbd";
import { attentionQuery } from "@/lib/client/attention";
import { useMay } from "@/lib/client/session";
import type { Theme } from "@/lib/client/theme";
import { ComingPage } from "./coming-page";
import { DataAge } from "./data-age";
import { PersonMenu } from "./person-menu";
import { ThemeMenu } from "./theme-menu";

const LINKS = [
  { href: "/", label: "Queues", permission: "queues.read", under: ["/queues", "/causes", "/dead-letters"] },
  { href: "/search", label: "Search", permission: "queues.read", under: ["/search"] },
  { href: "/replays", label: "Replays", permission: "replays.read", under: ["/replays"] },
  { href: "/audit", label: "Audit", permission: "audit.read", under: ["/audit"] },
] as const;

export function Header({ theme, onPalette, onHelp }: { theme: Theme; onPalette: () => void; onHelp: () => void }) {
  return (
    <header className="sticky top-0 z-30 border-b border-line bg-surface">
      <div className="mx-auto flex h-12 max-w-[1680px] items-center gap-x-1 px-3 sm:gap-x-3 sm:px-6">
        <Link href="/" className="flex items-center gap-2 py-2.5 font-semibold whitespace-nowrap">
          <Mark />
          <span className="max-sm:sr-only">DLQ Console</span>
        </Link>
        <Navigation />
        <div className="flex-1" />
        <span className="max-md:hidden">
          <DataAge />
        </span>
        <button
          type="button"
          onClick={onPalette}
          aria-keyshortcuts="Control+K Meta+K"
          className="inline-flex min-h-8 items-center gap-2 rounded-md px-2 text-soft hover:bg-hover sm:border sm:border-line"
        >
          <Icon name="search" />
          <span className="max-sm:sr-only">Go to</span>
          <span className="max-lg:hidden">
            <Kbd>Ctrl K</Kbd>
          </span>
        </button>
        <button
          type="button"
          onClick={onHelp}
          aria-label="Keyboard shortcuts"
          className="inline-flex min-h-8 items-center rounded-md px-2 text-soft hover:bg-hover max-md:hidden"
        >
          <Icon name="unknown" />
        </button>
        <ThemeMenu initial={theme} />
        <PersonMenu />
      </div>
      <ComingPage />
    </header>
  );
}

function Navigation() {
  const path = usePathname();
  const allowed = {
    "queues.read": useMay("queues.read"),
    "replays.read": useMay("replays.read"),
    "audit.read": useMay("audit.read"),
  };
  return (
    <nav aria-label="Pages" className="flex self-stretch">
      {LINKS.filter((link) => allowed[link.permission]).map((link) => {
        const here = path === link.href || link.under.some((prefix) => path.startsWith(prefix));
        return (
          <Link
            key={link.href}
            href={link.href}
            aria-current={here ? "page" : undefined}
            className={cx(
              "flex items-center border-y-2 border-transparent px-2 sm:px-3",
              // A narrow window reaches it by "Go to".
              link.href === "/search" && "max-sm:hidden",
              here ? "border-b-accent font-medium text-ink" : "text-soft hover:text-ink",
            )}
          >
            {link.label}
            {link.href === "/replays" && <Awaiting />}
          </Link>
        );
      })}
    </nav>
  );
}

/** Plans that wait for whoever may approve. */
function Awaiting() {
  const mayApprove = useMay("replays.approve");
  const count = useQuery({ ...attentionQuery(), enabled: mayApprove }).data?.awaitingApproval ?? 0;
  if (!mayApprove || count === 0) return null;
  return (
    <span className="ml-1.5 rounded-full bg-warn-wash px-1.5 text-xs leading-5 font-medium text-warn">
      {count}
      <span className="sr-only"> awaiting approval</span>
    </span>
  );
}

/** An envelope with its corner turned back. */
function Mark() {
  return (
    <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" className="text-accent">
      <path d="M2.5 5h15v10h-9" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M2.5 5 10 11l7.5-6" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M6.5 12 3 15.5 6.5 19M3 15.5h5.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
    </svg>
  );
}
