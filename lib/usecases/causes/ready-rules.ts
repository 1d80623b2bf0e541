import { AppError } from "@/lib/domain/app-error";
import type { ReadyRule } from "@/lib/domain/cause-rules";
import type { StoreScope } from "@/lib/store/ports";
import type { CauseRuleRecord } from "@/lib/store/ports/causes";
import { compileRule } from "./compile-rule";

/** What was compiled for the last call: every turn of a scan asks, and rules change seldom. */
let compiled: ReadonlyMap<string, ReadyRule> = new Map();

/** The rules in force, ready to be asked. One that cannot be read any more, which only a change of the engine could bring about, matches nothing. */
export async function readyRules(store: StoreScope): Promise<ReadyRule[]> {
  const known = new Map<string, ReadyRule>();
  for (const rule of await store.causes.rules()) {
    const written = JSON.stringify(rule);
    const ready = compiled.get(written) ?? compileIfReadable(rule);
    if (ready !== null) known.set(written, ready);
  }
  compiled = known;
  return [...known.values()];
}

function compileIfReadable(rule: CauseRuleRecord): ReadyRule | null {
  try {
    return compileRule(rule);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}
