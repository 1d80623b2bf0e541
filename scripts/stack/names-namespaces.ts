import { readFileSync } from "node:fs";
import { ConfigError } from "../../lib/config/config-error";
import { loadConfig } from "../../lib/config/load-config";

/**
 * Whether the configuration file names namespaces; what else may be wrong with it is told by the one who reads it in
 * earnest. Of a file that cannot be read at all: what is wrong and what to do, in words.
 */
export function namesNamespaces(env: Readonly<Record<string, string | undefined>>): boolean | string {
  const file = env.DLQ_CONSOLE_CONFIG;
  if (!file) return false;
  try {
    const content: unknown = JSON.parse(readFileSync(file, "utf8"));
    return typeof content !== "object" || content === null || "namespaces" in content;
  } catch {
    return unreadable(env);
  }
}

function unreadable(env: Readonly<Record<string, string | undefined>>): string {
  try {
    loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const ofFile = error.problems.filter(({ key }) => key === "DLQ_CONSOLE_CONFIG");
    if (ofFile.length > 0) return new ConfigError(ofFile).message;
  }
  return "DLQ_CONSOLE_CONFIG: the file could not be read just now. Start again.";
}
