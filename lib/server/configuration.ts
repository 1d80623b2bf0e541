import { loadConfig } from "@/lib/config/load-config";
import type { Config } from "@/lib/contracts/configuration";

const KEY = Symbol.for("dlq-console.configuration");
const processWide = globalThis as { [KEY]?: Config };

/**
 * The configuration of this web process, parsed at the first request and not at import: a build imports every route
 * without any configuration. Throws `ConfigError`. Kept on the global object, since pages, routes and proxy are bundles apart.
 */
export function configuration(): Config {
  processWide[KEY] ??= loadConfig(process.env);
  return processWide[KEY];
}
