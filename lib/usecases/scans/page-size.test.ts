import { expect, it } from "vitest";
import type { BrokerMessage } from "@/lib/brokers/broker";
import { nextPageSize } from "./page-size";

const MB = 1024 * 1024;
const page = (length: number, bytes: number) =>
  Array.from({ length }, () => ({ encoded: { length: bytes } }) as unknown as BrokerMessage);

it.each([
  ["nothing read yet", page(0, 0), 50],
  ["a small message", page(1, 1_000), 54],
  ["a page of small ones", page(54, 1_000), 250],
  ["a large message", page(1, MB), 8],
  ["a page of large ones", page(8, MB), 8],
  ["one larger than a page", page(1, 100 * MB), 1],
  ["empty bodies", page(250, 1), 250],
])("asks for what fits into memory: %s", (_, last, expected) => {
  expect(nextPageSize(last)).toBe(expected);
});
