import { describe, expect, it } from "vitest";
import { scanPace } from "./scan-pace";

describe("how often DLQs are looked at", () => {
  it("is as asked for while there are few of them, or nobody counts credits", () => {
    const few = { queues: 20, creditsPerSecond: 200, watchSeconds: 10 };
    expect(scanPace(few)).toEqual({ watchSeconds: 10, countSeconds: 30 });
    expect(scanPace({ ...few, queues: 5_000, creditsPerSecond: null })).toEqual({ watchSeconds: 10, countSeconds: 30 });
  });

  it("leaves a quarter of the credits for reading, however many there are", () => {
    for (const queues of [500, 1_000, 20_000]) {
      const { watchSeconds, countSeconds } = scanPace({ queues, creditsPerSecond: 200, watchSeconds: 10 });
      const spent = (queues * 2) / watchSeconds + (queues * 10) / countSeconds;
      expect(spent).toBeLessThanOrEqual(150 + 1e-9);
    }
  });
});
