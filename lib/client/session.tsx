"use client";
import { createContext, type ReactNode, useContext } from "react";
import type { SessionView } from "@/lib/contracts/session";
import type { Permission } from "@/lib/domain/permissions";

const SessionContext = createContext<SessionView | null>(null);

export function SessionProvider({ session, children }: { session: SessionView; children: ReactNode }) {
  return <SessionContext value={session}>{children}</SessionContext>;
}

/** Who is signed in, as of the page's rendering. */
export function useSession(): SessionView {
  const session = useContext(SessionContext);
  if (!session) throw new Error("useSession outside SessionProvider");
  return session;
}

/** Whether to offer an act. The server decides again when it is asked. */
export function useMay(permission: Permission): boolean {
  return useSession().permissions.includes(permission);
}
