import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brokerContract } from "@/lib/testing/contracts/broker-contract";
import { serviceBusFixture } from "@/lib/testing/contracts/service-bus-fixture";
import { serviceBusCodec } from "./message-codec";

brokerContract("Service Bus", serviceBusCodec, async () => {
  const dataDir = mkdtempSync(join(tmpdir(), "broker-contract-"));
  const fixture = await serviceBusFixture(dataDir);
  return {
    ...fixture,
    async close() {
      await fixture.close();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
});
