import type { Held, Waiting } from "./held";
import type { LaneContext } from "./lane-context";
import type { Returns } from "./returns";

/** R10: refuses copies that no subscription of a topic would receive, or take without a SessionId, as it is now; answers the others. */
export async function askRules(
  { guard, queue }: LaneContext,
  waiting: Waiting,
  returns: Returns,
  made: readonly Held[],
): Promise<readonly Held[]> {
  if (made.length === 0) return made;
  const { targetPath, routeTo } = waiting.replay;
  const came = `${targetPath}/subscriptions/`.toLowerCase();
  const cameThrough = queue.entityPath.toLowerCase().startsWith(came) ? queue.entityPath.slice(came.length) : null;
  const copies = made.map(({ copy, item }) => ({
    encoded: copy?.encoded ?? new Uint8Array(),
    edited: item.edit !== null,
    sessionId: item.sessionId,
  }));
  const verdicts = await guard.check({ targetPath, routeTo, cameThrough }, copies);
  if (verdicts.every((words) => words === null)) return made;
  for (const words of new Set(verdicts)) {
    if (words === null) continue;
    await returns.refuse(
      made.filter((_, place) => verdicts[place] === words),
      words,
    );
  }
  // What waited behind a refused one in its session has been given back.
  const still = new Set(waiting.ids());
  return made.filter(({ item }, place) => verdicts[place] === null && still.has(item.id));
}
