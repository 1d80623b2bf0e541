import { pageAskedFor } from "@/lib/client/navigation";

/** Next calls this whenever a page is asked for: by a link, by an act that leads to one, and by going back. */
export function onRouterTransitionStart(url: string): void {
  pageAskedFor(url);
}
