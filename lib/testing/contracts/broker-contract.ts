import { afterAll, afterEach, beforeAll, describe } from "vitest";
import type { MessageCodec } from "../../brokers/broker";
import { type ClosingFixture, ContractBench } from "./broker-contract/contract-bench";
import { copyContract } from "./broker-contract/copies";
import { discoveryContract } from "./broker-contract/discovery";
import { failingWireContract } from "./broker-contract/failing-wire";
import { lockingContract } from "./broker-contract/locking";
import { readingContract } from "./broker-contract/reading";
import { sendingContract } from "./broker-contract/sending";

/** What every adapter of the broker port has to do, tried on a real broker. */
export function brokerContract(kind: string, codec: MessageCodec, start: () => Promise<ClosingFixture>): void {
  describe(`broker contract: ${kind}`, () => {
    const bench = new ContractBench(codec);
    beforeAll(() => bench.start(start));
    afterEach(() => bench.closeOpened());
    afterAll(() => bench.close());
    for (const contract of [
      discoveryContract,
      readingContract,
      copyContract,
      lockingContract,
      sendingContract,
      failingWireContract,
    ]) {
      contract(bench);
    }
  });
}
