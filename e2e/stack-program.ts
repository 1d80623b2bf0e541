import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { choosePort } from "../scripts/stack/choose-port";
import { runStack } from "../scripts/stack/run-stack";
import { startConsumerHealth } from "./consumer-health";
import type { StackUnderTest } from "./stack";

/**
 * The real stack for the browser tests: embedded parts, a small sample, free ports, data in the folder that is given.
 * Tells its facts in one line of JSON, and ends when its standard input closes.
 */
const [data = ""] = process.argv.slice(2);

const consumerHost = await startConsumerHealth();
const configuration = join(data, "given.json");
writeFileSync(configuration, JSON.stringify({ outbound: { allowedHosts: [consumerHost] } }));

const stack = await runStack({
  parts: { database: "embedded", broker: "embedded", sample: true },
  data,
  port: await choosePort("0"),
  sampleScale: "small",
  durable: false,
  dev: false,
  env: { ...withoutSettings(process.env), DLQ_CONSOLE_CONFIG: configuration },
  tell: {
    done: (what, milliseconds) => console.error(`  ${what} … ${(milliseconds / 1000).toFixed(1)} s`),
    warn: (line) => console.error(line),
  },
});
const facts: StackUnderTest = {
  url: stack.url,
  sampleUrl: stack.sampleUrl ?? "",
  databaseUrl: stack.databaseUrl,
  brokerControlUrl: stack.brokerControlUrl ?? "",
  consumerUrl: `http://${consumerHost}`,
  metricsToken: stack.metricsToken ?? "",
  passwords: Object.fromEntries(
    stack.accounts.map(({ role, password }) => [role, password]),
  ) as StackUnderTest["passwords"],
};
console.log(JSON.stringify(facts));

const told = new Promise<null>((resolve) => {
  process.stdin.on("end", () => resolve(null)).resume();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve(null));
});
const reason = await Promise.race([stack.broken, told]);
if (reason !== null) console.error(reason);
await stack.stop();
process.exit(reason === null ? 0 : 1);

/** Settings of the person who runs the tests must not reach them. */
function withoutSettings(env: NodeJS.ProcessEnv): Record<string, string | undefined> {
  const ours = /^(DATABASE_URL|NEXTAUTH_|METRICS_TOKEN|LOG_LEVEL|DLQ_|PORT$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
