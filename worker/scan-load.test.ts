import { expect, it } from "vitest";
import { ScanLoad } from "./scan-load";

it("is high from a full page on until none has come for a second", () => {
  let now = 0;
  const load = new ScanLoad(() => now);
  expect(load.isHigh).toBe(false);
  load.readFullPage();
  now = 999;
  expect(load.isHigh).toBe(true);
  load.readFullPage();
  now = 1_998;
  expect(load.isHigh).toBe(true);
  now = 1_999;
  expect(load.isHigh).toBe(false);
});

it("leaves a tenth of the time while known messages are read, a fiftieth while new ones are taken in, all of it else", () => {
  let now = 0;
  const load = new ScanLoad(() => now);
  expect(load.restAfter(100)).toBe(0);
  load.readFullPage();
  expect(load.restAfter(100)).toBe(900);
  load.tookInPage();
  expect(load.restAfter(100)).toBe(4_900);
  now = 900;
  load.readFullPage();
  now = 1_000;
  expect(load.restAfter(100)).toBe(900);
  now = 1_900;
  expect(load.restAfter(100)).toBe(0);
});

it("asks for no rest of more than ten seconds", () => {
  const load = new ScanLoad(() => 0);
  load.readFullPage();
  expect(load.restAfter(3_000)).toBe(10_000);
  load.tookInPage();
  expect(load.restAfter(1_000)).toBe(10_000);
});

it("leaves a tenth again once the intake has gone on for two minutes, and a fiftieth after a break", () => {
  let now = 0;
  const load = new ScanLoad(() => now);
  const takeIn = (seconds: number) => {
    for (const until = now + seconds * 1_000; now < until; now += 500) {
      load.readFullPage();
      load.tookInPage();
    }
  };
  takeIn(119.5);
  expect(load.restAfter(100)).toBe(4_900);
  takeIn(1);
  expect(load.restAfter(100)).toBe(900);
  takeIn(600);
  expect(load.restAfter(100)).toBe(900);
  now += 1_000;
  takeIn(1);
  expect(load.restAfter(100)).toBe(4_900);
});

it("holds up what gave way no longer than the scans go on, nor beyond the signal", async () => {
  let now = 0;
  const load = new ScanLoad(() => now++);
  load.readFullPage();
  load.tookInPage();
  // By then no page has come for a second.
  setImmediate(() => {
    now += 1_000;
  });
  await load.giveWayAfter(1_000, new AbortController().signal);
  expect(load.isHigh).toBe(false);

  const stop = new AbortController();
  load.readFullPage();
  load.tookInPage();
  setImmediate(() => stop.abort());
  await load.giveWayAfter(1_000, stop.signal);
  expect(load.isHigh).toBe(true);
});
