import { PrepareError } from "./prepare/run-step.mjs";

export const USAGE = `npm start [-- flags]

Without any setting: an embedded PostgreSQL, an embedded Service Bus-compatible broker and sample traffic, all on
127.0.0.1, with their data in .data.
With DATABASE_URL and a DLQ_CONSOLE_CONFIG that names namespaces: the console and its worker alone.

  --embedded-database   keep the embedded PostgreSQL although the configuration names real namespaces
  --embedded-broker     keep the embedded broker and its sample although DATABASE_URL is set
  --no-sample           no sample traffic and no dead letters made up at the first start
  --dev                 pages built as they are asked for and again when their source changes
  --help                this text

PORT=<number>           the port of the pages; default: 3000, or the next one that is free`;

/**
 * @typedef {{ embeddedDatabase: boolean, embeddedBroker: boolean, sample: boolean, dev: boolean, help: boolean }} StartFlags
 */

/**
 * Throws `PrepareError` on a flag that is not known.
 * @param {string[]} args
 * @returns {StartFlags}
 */
export function readFlags(args) {
  const known = ["--embedded-database", "--embedded-broker", "--no-sample", "--dev", "--help", "-h"];
  const unknown = args.find((arg) => !known.includes(arg));
  if (unknown !== undefined) throw new PrepareError(`${unknown} is not known here.\n\n${USAGE}`);
  return {
    embeddedDatabase: args.includes("--embedded-database"),
    embeddedBroker: args.includes("--embedded-broker"),
    sample: !args.includes("--no-sample"),
    dev: args.includes("--dev"),
    help: args.includes("--help") || args.includes("-h"),
  };
}
