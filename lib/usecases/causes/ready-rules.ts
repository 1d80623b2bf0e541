import { AppError } from "@/lib/domain/app-error";
import type { ReadyRule } from "@/lib/domain/cause-rules";
import type { StoreScope } from "@/lib/store/ports";
import { compileRule } from "./compile-rule";

/** The rules in force, ready to be asked. One that cannot be read any more, which only a change of the engine could bring about, matches nothing. */
export async function readyRules(store: StoreScope): Promise<ReadyRule[]> {
  return (await store.causes.rules()).flatMap((rule) => {
    try {
      return [compileRule(rule)];
    } catch (error) {
      if (error instanceof AppError) return [];
      throw error;
    }
  });
}
