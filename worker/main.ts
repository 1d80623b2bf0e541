import { pino } from "pino";
import { loadConfig } from "@/lib/config/load-config";
import { describeError } from "@/lib/domain/describe-error";
import { runWorker } from "./run-worker";

const config = loadConfig(process.env);
const log = pino({ level: config.logLevel, base: { process: "worker" } });
const stop = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => stop.abort());
// Not waited for by anything: a promise that nobody watches has failed. The process is in doubt, so it ends; its lease says so.
process.on("unhandledRejection", (error) => {
  log.fatal({ err: describeError(error) }, "unhandled rejection");
  process.exit(1);
});
process.exit(await runWorker({ config, log, signal: stop.signal }));
