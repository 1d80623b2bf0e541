import type { EngineContext } from "../engine/context";

/** Whether a consumer says that it is well; see lib/outbound/check-health.ts. */
export type AskHealth = (
  address: string,
) => Promise<{ readonly ok: true } | { readonly ok: false; readonly words: string }>;

/** What looking after running replays needs, beside what the engine has. */
export interface GuardContext extends EngineContext {
  readonly askHealth: AskHealth;
}
