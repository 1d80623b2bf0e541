/** A queue, or a subscription of a topic. */
export type EntityPath =
  | { readonly kind: "queue"; readonly path: string; readonly queue: string }
  | { readonly kind: "subscription"; readonly path: string; readonly topic: string; readonly subscription: string };

/** "orders" or "events/subscriptions/billing"; the word in the middle in any case. */
export function parseEntityPath(path: string): EntityPath {
  const match = /^(.+)\/subscriptions\/([^/]+)$/i.exec(path);
  const [, topic, subscription] = match ?? [];
  if (topic === undefined || subscription === undefined) return { kind: "queue", path, queue: path };
  return { kind: "subscription", path: subscriptionPath(topic, subscription), topic, subscription };
}

export function subscriptionPath(topic: string, subscription: string): string {
  return `${topic}/subscriptions/${subscription}`;
}

/** Whether some pattern of `include` matches the path and none of `exclude`; "*" stands for any characters, case does not count. */
export function isWatched(path: string, include: readonly string[], exclude: readonly string[]): boolean {
  return include.some((pattern) => matches(path, pattern)) && !exclude.some((pattern) => matches(path, pattern));
}

/** Greedy matching with one step back, so that no pattern takes more than its length times the path's. */
function matches(path: string, pattern: string): boolean {
  const text = path.toLowerCase();
  const wanted = pattern.toLowerCase();
  let at = 0;
  let next = 0;
  let star = -1;
  let resume = 0;
  while (at < text.length) {
    if (wanted[next] === "*") {
      star = next++;
      resume = at;
    } else if (wanted[next] === text[at]) {
      at++;
      next++;
    } else if (star >= 0) {
      next = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  while (wanted[next] === "*") next++;
  return next === wanted.length;
}

/** The entity of a forwarding setting: the service writes it as an address, "sb://host/orders". */
export function forwardedPath(setting: string | undefined): string | null {
  if (setting === undefined || setting === "") return null;
  const match = /^[a-z]+:\/\/[^/]+\/(.+?)\/?$/i.exec(setting);
  return decodeURIComponent(match?.[1] ?? setting);
}
