import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { AccessKey } from "./amqp/authority";
import { type EmulatorConfig, startBroker } from "./start-broker";

/** Starts the broker as a process of its own; see docs/embedded-broker.md. */

const USAGE = `embedded/broker/main.ts --config FILE [--host 127.0.0.1] [--amqp-port 5672] [--admin-port 5300]
  [--control-port N] [--data DIR] [--sas-key NAME=KEY]`;

function port(value: string | undefined, fallback: number): number {
  if (value === undefined) return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number > 65535)
    throw new Error(`'${value}' is no port: a number from 0 to 65535`);
  return number;
}

function accessKey(text: string): AccessKey {
  const split = text.indexOf("=");
  if (split < 1) throw new Error("--sas-key takes NAME=KEY");
  return { name: text.slice(0, split), key: text.slice(split + 1), rights: ["Send", "Listen", "Manage"] };
}

function readConfig(file: string): EmulatorConfig {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new Error(`the configuration ${file} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: "string" },
      host: { type: "string" },
      "amqp-port": { type: "string" },
      "admin-port": { type: "string" },
      "control-port": { type: "string" },
      data: { type: "string" },
      "sas-key": { type: "string", multiple: true },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  if (values.config === undefined) throw new Error(`--config is missing\n${USAGE}`);
  const broker = await startBroker({
    config: readConfig(values.config),
    ...(values.host === undefined ? {} : { host: values.host }),
    amqpPort: port(values["amqp-port"], 5672),
    adminPort: port(values["admin-port"], 5300),
    controlPort: values["control-port"] === undefined ? null : port(values["control-port"], 0),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
    accessKeys: (values["sas-key"] ?? []).map(accessKey),
  });
  console.log(`broker ready amqp=${broker.amqpPort} admin=${broker.adminPort} control=${broker.controlPort ?? "off"}`);
  let closing = false;
  const end = (): void => {
    if (closing) return;
    closing = true;
    broker.close().then(
      () => process.exit(0),
      (error) => fail(error),
    );
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

function fail(error: unknown): void {
  console.error(`broker: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}

main().catch(fail);
