import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The embedded broker as a process of its own, to be measured from outside. */
export interface BrokerProcess {
  readonly connectionString: string;
  /** Linux only: resident memory. */
  memoryBytes(): number;
  /** Linux only: processor time of its main thread so far, in µs. */
  cpuMicros(): number;
  stop(): Promise<void>;
}

/** Starts a broker with these queues, on free ports and without keeping anything. */
export function startBrokerProcess(queues: readonly string[]): Promise<BrokerProcess> {
  const folder = mkdtempSync(join(tmpdir(), "broker-bench-"));
  const Properties = { MaxSizeInMegabytes: 81_920, LockDuration: "PT5M" };
  const config = {
    UserConfig: { Namespaces: [{ Name: "bench", Queues: queues.map((Name) => ({ Name, Properties })) }] },
  };
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config));
  const main = new URL("../embedded/broker/main.ts", import.meta.url).pathname;
  const ports = ["--amqp-port", "0", "--admin-port", "0"];
  const child = spawn(process.execPath, ["--import", "tsx", main, "--config", file, ...ports], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", () => reject(new Error("the broker ended before it was ready")));
    child.stdout.on("data", (data: Buffer) => {
      const port = /amqp=(\d+)/.exec(data.toString())?.[1];
      if (port === undefined) return;
      resolve({
        connectionString: `Endpoint=sb://localhost:${port};SharedAccessKeyName=bench;SharedAccessKey=bench;UseDevelopmentEmulator=true;`,
        memoryBytes: () => residentBytes(child.pid as number),
        cpuMicros: () => Number(readFileSync(`/proc/${child.pid}/schedstat`, "utf8").split(" ")[0]) / 1000,
        stop: () =>
          new Promise((done) => {
            child.once("exit", () => {
              rmSync(folder, { recursive: true });
              done();
            });
            child.kill("SIGTERM");
          }),
      });
    });
  });
}

function residentBytes(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kilobytes) * 1024;
}
