import type { AuthOptions, User } from "next-auth";
import Credentials from "next-auth/providers/credentials";
import type { OAuthConfig } from "next-auth/providers/oauth";
import type { OidcConfig } from "@/lib/contracts/configuration";
import { AppError } from "@/lib/domain/app-error";
import { ROLES, type Role } from "@/lib/domain/permissions";
import { signInLocal } from "@/lib/usecases/people/sign-in-local";
import { signInOidc } from "@/lib/usecases/people/sign-in-oidc";
import { signOut } from "@/lib/usecases/people/sign-out";
import { clientAddress } from "./client-address";
import { composition } from "./composition";
import { log } from "./log";
import { SESSION_LIMITS, servedOverTls, sessionCookieName } from "./session-token";

/** What the sign-in page gets as ?error= beside next-auth's own codes ("CredentialsSignin", "OAuthCallback", …). */
export const TOO_MANY_ATTEMPTS = "TooManyAttempts";
export const DISABLED = "Disabled";
export const UNAVAILABLE = "Unavailable";

/** next-auth's user with the session that the sign-in opened; the token carries nothing else. */
interface SignedInUser extends User {
  sid: string;
}

/**
 * next-auth seals the session's id into a cookie and speaks OpenID Connect; whether a session stands, and what its
 * person may do, only the gate decides, by the database.
 */
export function authOptions(headers: Headers): AuthOptions {
  const { config, store } = composition();
  const { localAccounts, oidc, secret, url } = config.auth;
  // next-auth reads its own address nowhere else.
  process.env.NEXTAUTH_URL = url;
  const address = clientAddress(headers);
  return {
    secret,
    useSecureCookies: servedOverTls(),
    session: { strategy: "jwt", maxAge: SESSION_LIMITS.absoluteSeconds },
    jwt: { maxAge: SESSION_LIMITS.absoluteSeconds },
    pages: { signIn: "/sign-in", signOut: "/sign-in", error: "/sign-in" },
    cookies: {
      sessionToken: {
        name: sessionCookieName(),
        options: { httpOnly: true, sameSite: "lax", path: "/", secure: servedOverTls() },
      },
    },
    providers: [...(localAccounts ? [localProvider(address)] : []), ...(oidc === null ? [] : [oidcProvider(oidc)])],
    callbacks: {
      signIn: async ({ user, account, profile }) => {
        if (account?.provider !== "oidc" || oidc === null) return account?.provider === "credentials";
        try {
          const signedIn = await signInOidc({ store, address }, oidcPerson(oidc, { ...profile }));
          user.id = signedIn.personId;
          (user as SignedInUser).sid = signedIn.sessionId;
          return true;
        } catch (error) {
          if (error instanceof AppError && error.code === "forbidden") return `/sign-in?error=${DISABLED}`;
          log().error({ err: error }, "sign-in failed");
          return `/sign-in?error=${UNAVAILABLE}`;
        }
      },
      jwt: ({ token, user }) => {
        const fresh = user as SignedInUser | undefined;
        return fresh === undefined ? token : { sub: fresh.id, sid: fresh.sid };
      },
      session: ({ session }) => ({ expires: session.expires }),
    },
    events: {
      signOut: async ({ token }) => {
        if (typeof token?.sid === "string") await signOut({ store }, { sessionId: token.sid });
      },
    },
    logger: {
      // Metadata may hold claims and tokens: the code and the error are what is kept.
      error: (code, metadata) => log().error({ code, err: errorOf(metadata) }, "next-auth"),
      warn: (code) => log().warn({ code }, "next-auth"),
      debug: () => undefined,
    },
  };
}

function errorOf(metadata: unknown): unknown {
  return metadata instanceof Error ? metadata : (metadata as { error?: unknown }).error;
}

function localProvider(address: string) {
  return Credentials({
    name: "Local account",
    credentials: { account: { label: "Account" }, password: { label: "Password", type: "password" } },
    authorize: async (credentials) => {
      const account = credentials?.account;
      const password = credentials?.password;
      if (typeof account !== "string" || typeof password !== "string") return null;
      try {
        const signedIn = await signInLocal(
          { store: composition().store, address },
          { account: account.trim(), password },
        );
        return { id: signedIn.personId, sid: signedIn.sessionId };
      } catch (error) {
        if (error instanceof AppError && error.code === "not-signed-in") return null;
        // The message of what is thrown here ends up in the address of the sign-in page.
        if (error instanceof AppError && error.code === "too-many-requests") {
          throw new Error(`${TOO_MANY_ATTEMPTS}:${error.fields?.wait ?? "60"}`);
        }
        log().error({ err: error }, "sign-in failed");
        throw new Error(UNAVAILABLE);
      }
    },
  });
}

function oidcProvider(oidc: OidcConfig): OAuthConfig<Record<string, unknown>> {
  return {
    id: "oidc",
    name: oidc.name,
    type: "oauth",
    wellKnown: `${oidc.issuer.replace(/\/$/, "")}/.well-known/openid-configuration`,
    clientId: oidc.clientId,
    clientSecret: oidc.clientSecret,
    authorization: { params: { scope: "openid profile email" } },
    idToken: true,
    checks: ["pkce", "state", "nonce"],
    // next-auth wants an id here; the signIn callback puts the person's in its place.
    profile: (claims) => ({ id: String(claims.sub) }),
  };
}

/** The claims as a person of ours. A claim value that the configuration does not map grants nothing. */
export function oidcPerson(oidc: Pick<OidcConfig, "roleClaim" | "roleMap">, claims: Record<string, unknown>) {
  const granted = [claims[oidc.roleClaim]].flat().filter((value) => typeof value === "string");
  const mapped = granted.map((value) => (Object.hasOwn(oidc.roleMap, value) ? oidc.roleMap[value] : undefined));
  const roles: Role[] = ROLES.filter((role) => mapped.includes(role));
  const text = (value: unknown) =>
    typeof value === "string" && value !== "" ? value.replaceAll("\0", "").slice(0, 200) : null;
  const email = text(claims.email);
  const subject = `${String(claims.iss)} ${String(claims.sub)}`;
  return {
    subject,
    name: text(claims.name) ?? text(claims.preferred_username) ?? email ?? String(claims.sub),
    email,
    roles,
  };
}
