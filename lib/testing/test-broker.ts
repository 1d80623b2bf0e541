import { afterAll } from "vitest";
import { type BrokerOptions, type RunningBroker, startBroker } from "../../embedded/broker/start-broker";

/**
 * An embedded broker of this test file's own, on free ports and with its messages in memory unless a data folder is
 * given; closed with the file. The configuration has the emulator's form (see embedded/sample/config.json).
 */
export async function testBroker(
  config: BrokerOptions["config"],
  options: Omit<BrokerOptions, "config"> = {},
): Promise<RunningBroker> {
  const broker = await startBroker({ controlPort: 0, ...options, config });
  afterAll(() => broker.close());
  return broker;
}
