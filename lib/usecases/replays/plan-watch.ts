import type { Preflight } from "@/lib/contracts/replays";
import { namesOf } from "@/lib/domain/names-of";
import { sameName } from "@/lib/domain/subscriptions";
import type { PlanFacts } from "@/lib/store/ports/replays";
import type { CopyFindings } from "./check-copies";
import type { TopicReach } from "./topic-reach";

const MOST_NAMED = 5;

interface Sending {
  readonly facts: { readonly target: Pick<PlanFacts["target"], "ends"> };
  readonly input: { readonly routeTo: string | null };
  readonly stamps: boolean;
  readonly topic: Pick<TopicReach, "constant"> | null;
  readonly copies: Pick<CopyFindings, "askedEach" | "subscriptions">;
}

/** What will be seen of copies that come back dead: only that is counted, and stops a replay (R11). */
interface Watch {
  /** Entities that get copies, and whose dead letters no scan reads. */
  readonly unread: readonly string[];
  /** Some of what comes back is seen. */
  readonly sees: boolean;
}

export function watchOf({ facts, input, stamps, topic, copies }: Sending): Watch {
  const receiving = input.routeTo === null ? receivingSubscriptions(topic, copies) : [input.routeTo];
  const ends = facts.target.ends.filter(
    ({ through }) => through === null || receiving.some((name) => sameName(name, through)),
  );
  return {
    unread: [...new Set(ends.filter(({ read }) => !read).map(({ path }) => path))],
    sees: stamps && ends.some(({ read }) => read),
  };
}

/** By name, those that get copies or may get some; of a queue none. */
export function receivingSubscriptions(topic: Sending["topic"], copies: Sending["copies"]): string[] {
  if (topic === null) return [];
  const receiving = topic.constant().filter(({ receives }, place) => {
    const counts = copies.subscriptions[place];
    if (!copies.askedEach || counts === undefined) return receives !== false;
    return counts.copies + counts.unknown > 0;
  });
  return receiving.map(({ name }) => name);
}

/** In words; that copies carry no stamps is told apart. */
export function aboutWatch(
  { unread, sees }: Watch,
  { stamps, canary }: { readonly stamps: boolean; readonly canary: boolean },
): Preflight["warnings"] {
  const warnings: Preflight["warnings"] = [];
  if (stamps && unread.length > 0) {
    const also = canary && sees ? " The canary does not see it either." : "";
    warnings.push({
      code: "unwatched",
      text: `No scan reads the dead letters of ${namesOf(unread, MOST_NAMED)}: a copy that comes back dead there is not seen. It counts neither as returned nor towards what stops the replay by itself.${also}`,
    });
  }
  if (canary && !sees) {
    warnings.push({
      code: "blind-canary",
      text: `Nothing can be seen of the canary's copies ${stamps ? "where they go" : "without stamps"}: after its wait the replay pauses, for somebody to look at the consumer and resume it.`,
    });
  }
  return warnings;
}
