import { prepareClient } from "./client.mjs";
import { preparePackages } from "./packages.mjs";
import { preparePages } from "./pages.mjs";

/**
 * Makes the checkout ready: nothing is done twice, and what is ready already costs milliseconds.
 * @param {("packages" | "client" | "pages")[]} parts in this order
 */
export async function prepare(parts) {
  for (const part of parts) {
    if (part === "packages") await preparePackages();
    if (part === "client") await prepareClient();
    if (part === "pages") await preparePages();
  }
}
