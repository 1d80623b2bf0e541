import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { root } from "../prepare/paths.mjs";
import { WORKER_ENVIRONMENT, WORKER_OPTIONS } from "./worker-program";

test("the image starts a worker as npm start does", () => {
  const dockerfile = readFileSync(join(root, "Dockerfile"), "utf8");
  const stage = /^FROM \S+ AS worker\n([\s\S]*?)^FROM /m.exec(dockerfile)?.[1] ?? "";
  const command: unknown = JSON.parse(/^CMD (.*)$/m.exec(stage)?.[1] ?? "null");
  expect(command).toEqual(["node", ...WORKER_OPTIONS, "worker.mjs"]);
  const environment = [...stage.matchAll(/^ENV (\S+)=(\S+)$/gm)].map(([, name, value]) => [name, value]);
  expect(Object.fromEntries(environment)).toEqual(WORKER_ENVIRONMENT);
});
