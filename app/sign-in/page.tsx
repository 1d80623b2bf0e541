import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignInForm } from "@/components/sign-in/sign-in-form";
import { composition } from "@/lib/server/composition";
import { sessionIfAny } from "@/lib/server/gate";

export const metadata: Metadata = { title: "Sign in" };

interface Props {
  readonly searchParams: Promise<{ callbackUrl?: string | string[]; error?: string | string[] }>;
}

export default async function SignInPage({ searchParams }: Props) {
  const { callbackUrl, error } = await searchParams;
  const next = ownPath(callbackUrl);
  if (await sessionIfAny()) redirect(next);
  const { auth } = composition().config;
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-sm flex-col justify-center px-4 py-12">
      <h1 className="mb-1 text-xl font-semibold">DLQ Console</h1>
      <p className="mb-6 text-soft">Dead-letter queues: see what died and why, mend it, replay it at a limited rate.</p>
      <SignInForm
        next={next}
        localAccounts={auth.localAccounts}
        singleSignOn={auth.oidc?.name ?? null}
        notice={typeof error === "string" ? noticeFor(error) : null}
      />
    </main>
  );
}

/** The path to go on to: of this console only, whatever the address says. */
function ownPath(callbackUrl: string | string[] | undefined): string {
  if (typeof callbackUrl !== "string") return "/";
  const base = "http://console.invalid";
  const target = URL.canParse(callbackUrl, base) ? new URL(callbackUrl, base) : null;
  if (!target) return "/";
  const path = `${target.pathname}${target.search}`;
  return path.startsWith("//") || path.startsWith("/sign-in") ? "/" : path;
}

function noticeFor(error: string): string {
  switch (error) {
    case "Disabled":
      return "Your account is disabled in this console. Ask whoever administers it.";
    case "CredentialsSignin":
      return "Account and password do not belong together.";
    case "AccessDenied":
      return "The identity provider let you in, but this console did not. Ask whoever administers it.";
    default:
      return "The sign-in did not come to its end. Try again; if it goes on failing, the reason is in the log of the web server.";
  }
}
