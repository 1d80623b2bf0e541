import type { BrokerAddress } from "../replay-bench";

/** A request to the broker's control port; rejects when it is refused. */
export async function control(
  { controlUrl }: BrokerAddress,
  method: "POST" | "DELETE" | "GET",
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(`${controlUrl}${path}`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
  return answer.json();
}
