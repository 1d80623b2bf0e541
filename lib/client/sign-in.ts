import { signIn, signOut } from "next-auth/react";

export type SignInResult =
  | { readonly kind: "ok" }
  | { readonly kind: "refused" }
  /** Too many attempts; the next one is looked at after so many seconds. */
  | { readonly kind: "throttled"; readonly waitSeconds: number }
  | { readonly kind: "unavailable" };

/** Ends the session on the server and leads to the sign-in page. */
export async function leave(): Promise<void> {
  await signOut({ callbackUrl: "/sign-in" });
}

/** Tries a local account. */
export async function enter(account: string, password: string): Promise<SignInResult> {
  const answer = await signIn("credentials", { account, password, redirect: false }).catch(() => undefined);
  if (answer?.ok) return { kind: "ok" };
  return answer ? signInResult(answer.error ?? "") : { kind: "unavailable" };
}

/** Leads to the identity provider, and back to `callbackUrl`. */
export async function enterBySingleSignOn(callbackUrl: string): Promise<void> {
  await signIn("oidc", { callbackUrl });
}

/** What an error of the sign-in means: next-auth's own "CredentialsSignin", or lib/server/auth-options'. */
export function signInResult(error: string): SignInResult {
  const [code, wait] = error.split(":");
  if (code === "TooManyAttempts") return { kind: "throttled", waitSeconds: Number(wait) || 60 };
  return { kind: code === "CredentialsSignin" ? "refused" : "unavailable" };
}
