import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { choosePort } from "./choose-port";

test("a port that PORT asks for and another program has is an error that says what to do", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await expect(choosePort(String(port))).rejects.toThrow(`Port ${port}, which PORT asks for, is taken`);
  other.close();
  await once(other, "close");
  expect(await choosePort(String(port))).toBe(port);
});

test("0 is any free port, and without a wish the first free one from 3000 on", async () => {
  expect(await choosePort("0")).toBeGreaterThan(0);
  const first = await choosePort(undefined);
  const other = createServer().listen(first, "127.0.0.1");
  await once(other, "listening");
  expect(await choosePort("")).toBeGreaterThan(first);
  other.close();
});

test.each(["http", "-1", "70000", "3000.5"])("PORT=%s is refused", async (wished) => {
  await expect(choosePort(wished)).rejects.toThrow("PORT must be a number");
});
