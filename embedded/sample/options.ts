import { parseArgs } from "node:util";
import * as z from "zod";
import type { Scale } from "./generate-dead-letters";

export interface Options {
  readonly connectionString: string;
  readonly brokerControlUrl: string;
  readonly controlPort: number;
  readonly dataFolder: string;
  readonly scale: Scale;
}

/** A mistake in how the sample was started, in words for whoever started it. */
export class OptionError extends Error {
  override readonly name = "OptionError";
}

const USAGE =
  "main.ts --broker-control-url URL --data DIR [--connection-string-variable NAME] [--control-port N] [--scale small|full]";

const flags = z.object({
  "connection-string-variable": z
    .string()
    .regex(/^[A-Z_][A-Z0-9_]*$/)
    .default("SAMPLE_CONNECTION_STRING"),
  "broker-control-url": z.url({ protocol: /^http$/ }),
  "control-port": z.coerce.number().int().min(0).max(65_535).default(0),
  data: z.string().min(1),
  scale: z.enum(["small", "full"]).default("full"),
});

/** Reads the command line. Throws `OptionError`. */
export function readOptions(args: string[], environment: Readonly<Record<string, string | undefined>>): Options {
  const parsed = flags.safeParse(readFlags(args));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new OptionError(`--${issue?.path.join(".")}: ${issue?.message}\nUsage: ${USAGE}`);
  }
  const variable = parsed.data["connection-string-variable"];
  const connectionString = environment[variable];
  if (!connectionString) throw new OptionError(`The environment variable ${variable} holds no connection string.`);
  refuseOtherBrokers(connectionString);
  refuseOtherHosts(parsed.data["broker-control-url"], "--broker-control-url");
  return {
    connectionString,
    brokerControlUrl: parsed.data["broker-control-url"].replace(/\/$/, ""),
    controlPort: parsed.data["control-port"],
    dataFolder: parsed.data.data,
    scale: parsed.data.scale,
  };
}

function readFlags(args: string[]): Record<string, unknown> {
  const names = Object.keys(flags.shape).map((name) => [name, { type: "string" as const }]);
  try {
    return parseArgs({ args, options: Object.fromEntries(names), strict: true }).values;
  } catch (error) {
    throw new OptionError(`${error instanceof Error ? error.message : String(error)}\nUsage: ${USAGE}`);
  }
}

/** The sample sends and dead-letters thousands of messages: only an emulator on this machine may be given. */
function refuseOtherBrokers(connectionString: string): void {
  const parts = new Map(
    connectionString.split(";").map((part) => {
      const at = part.indexOf("=");
      return [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()] as const;
    }),
  );
  if (parts.get("usedevelopmentemulator") !== "true") {
    throw new OptionError(
      "The sample traffic runs on the embedded broker only: the connection string lacks UseDevelopmentEmulator=true.",
    );
  }
  refuseOtherHosts((parts.get("endpoint") ?? "").replace(/^sb:/, "http:"), "The connection string's Endpoint");
}

function refuseOtherHosts(address: string, what: string): void {
  const host = URL.canParse(address) ? new URL(address).hostname : "";
  if (!["localhost", "127.0.0.1", "[::1]"].includes(host)) {
    throw new OptionError(`The sample traffic runs on the embedded broker only: ${what} must name localhost.`);
  }
}
