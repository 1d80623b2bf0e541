import { join } from "node:path";
import { root } from "../prepare/paths.mjs";
import { type Child, ChildFailed, type Environment, startChild, typescript } from "./child";
import { WORKER_ENVIRONMENT, WORKER_OPTIONS } from "./worker-program";

interface Context {
  readonly logs: string;
  readonly warn: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface BrokerPorts {
  readonly amqp: number;
  readonly admin: number;
  readonly control: number;
}

const READY_MS = 60_000;
/** The first start of the sample sends some thousands of messages. */
const SEEDED_MS = 180_000;

/** The embedded broker on free ports. */
export async function startBroker(context: Context & { data: string }): Promise<{ child: Child; ports: BrokerPorts }> {
  let ports: BrokerPorts | null = null;
  const child = await startChild({
    ...context,
    name: "broker",
    args: typescript("embedded/broker/main.ts", [
      ...["--config", join(root, "embedded", "sample", "config.json"), "--data", join(context.data, "broker")],
      ...["--amqp-port", "0", "--admin-port", "0", "--control-port", "0"],
    ]),
    env: withoutSecrets(),
    readyTimeoutMs: READY_MS,
    isReady: (line) => {
      const found = /^broker ready amqp=(\d+) admin=(\d+) control=(\d+)/.exec(line);
      if (found === null) return false;
      ports = { amqp: Number(found[1]), admin: Number(found[2]), control: Number(found[3]) };
      return true;
    },
  });
  if (ports === null) throw new ChildFailed("The broker did not say its ports.");
  return { child, ports };
}

/** The sample's producers and consumers; at the first start with a broker it makes up the past first. */
export async function startSample(
  context: Context & {
    data: string;
    ports: BrokerPorts;
    connectionString: string;
    scale: "full" | "small";
    port: number;
  },
): Promise<{ child: Child; port: number }> {
  let port = 0;
  const child = await startChild({
    ...context,
    name: "sample",
    args: typescript("embedded/sample/main.ts", [
      ...["--broker-control-url", `http://127.0.0.1:${context.ports.control}`, "--control-port", String(context.port)],
      ...["--data", join(context.data, "sample"), "--scale", context.scale],
    ]),
    env: { ...withoutSecrets(), SAMPLE_CONNECTION_STRING: context.connectionString },
    readyTimeoutMs: SEEDED_MS,
    isReady: (line) => {
      const found = /^sample ready control=(\d+)/.exec(line);
      if (found === null) return false;
      port = Number(found[1]);
      return true;
    },
  });
  return { child, port };
}

/** `program`: the worker bundled. */
export function startWorker(context: Context & { env: Environment; program: string }): Promise<Child> {
  return startChild({
    ...context,
    name: "worker",
    args: [...WORKER_OPTIONS, context.program],
    env: { ...WORKER_ENVIRONMENT, ...context.env, NODE_ENV: "production" },
    readyTimeoutMs: READY_MS,
    isReady: (line) => line.includes("worker ready"),
  });
}

/** The pages on 127.0.0.1. Ready when they answer and reach the database. */
export async function startWeb(
  context: Context & { env: Environment; port: number; url: string; dev: boolean },
): Promise<Child> {
  const child = await startChild({
    ...context,
    name: "web",
    args: [
      join(root, "node_modules", "next", "dist", "bin", "next"),
      ...[context.dev ? "dev" : "start", "--hostname", "127.0.0.1", "--port", String(context.port)],
    ],
    env: { ...context.env, NODE_ENV: context.dev ? "development" : "production", NEXT_TELEMETRY_DISABLED: "1" },
    readyTimeoutMs: READY_MS,
    isReady: (line) => /Ready in/.test(line),
  });
  try {
    await answers(`${context.url}/api/ready`, child, context.signal);
    return child;
  } catch (error) {
    await child.stop(0);
    throw error;
  }
}

async function answers(url: string, child: Child, signal: AbortSignal): Promise<void> {
  let over = false;
  void child.ended.then(() => {
    over = true;
  });
  for (const deadline = Date.now() + READY_MS; ; ) {
    const response = await fetch(url).catch(() => null);
    if (response?.ok) return;
    if (over || signal.aborted || Date.now() > deadline) {
      const what = response === null ? "does not answer" : `answers ${response.status}`;
      throw new ChildFailed(`The web server ${what} at ${url}. Its last lines:\n${child.tail()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The embedded broker and the sample are no part of the console and get none of its secrets. */
function withoutSecrets(): Environment {
  const { DATABASE_URL: _d, NEXTAUTH_SECRET: _s, METRICS_TOKEN: _m, DLQ_CONSOLE_CONFIG: _c, ...rest } = process.env;
  return rest;
}
