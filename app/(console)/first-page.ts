import { messagesQuery } from "@/lib/client/dead-letters";
import type { DeadLetterQuery } from "@/lib/contracts/dead-letters";
import { firstMessages } from "@/lib/server/first-messages";
import { knownPage } from "./hydrated";

/** What the server has read of a message list, under the key by which its view asks; nothing when it could not. */
export async function firstPage(
  context: Parameters<typeof firstMessages>[0],
  { sort, ...filter }: Omit<DeadLetterQuery, "cursor" | "limit">,
) {
  const page = await firstMessages(context, { ...filter, sort });
  return page === null ? [] : [knownPage(messagesQuery({ filter, sort }), page)];
}
