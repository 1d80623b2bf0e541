import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createCounts } from "./consumer-counts";
import { ALL_CONSUMERS } from "./consumers/all-consumers";
import { type ControlServer, startControlServer } from "./control-server";
import { openState, type SampleState } from "./state";

let folder: string;
let state: SampleState;
let server: ControlServer;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "sample-control-"));
  state = openState(folder);
  server = await startControlServer(0, state, createCounts(ALL_CONSUMERS.map((consumer) => consumer.name)));
});

afterEach(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const address = (path: string) => `http://127.0.0.1:${server.port}${path}`;
const post = (path: string, headers: Record<string, string> = {}) =>
  fetch(address(path), { method: "POST", headers, redirect: "manual" });

/** The status of a request with any Host header, which fetch would not send. */
function statusFor(host: string, path = "/"): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request({ port: server.port, host: "127.0.0.1", path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("the page that deploys fixes", () => {
  it("deploys and takes back a fix, and still knows it when the state is opened again", async () => {
    expect(await (await post("/consumers/order-intake/deploy-fix")).json()).toEqual({
      name: "order-intake",
      fixed: true,
    });
    expect(state.isFixed("order-intake")).toBe(true);
    expect(openState(folder).isFixed("order-intake")).toBe(true);
    await post("/consumers/order-intake/break-again");
    expect(openState(folder).isFixed("order-intake")).toBe(false);
  });

  it("leads a browser back to the page, which tells what was done", async () => {
    const response = await post("/consumers/stock-keeper/deploy-fix", { accept: "text/html" });
    expect(response.status).toBe(303);
    const page = await (await fetch(address(response.headers.get("location") ?? ""))).text();
    expect(page).toContain("The fix of stock-keeper is deployed.");
    expect(page).toContain("Take the fix back<span> for stock-keeper");
  });

  it("lists every consumer with its faults and whether it is fixed", async () => {
    state.setFixed("payment-capture", true);
    const consumers = (await (await fetch(address("/consumers"))).json()) as {
      name: string;
      fixed: boolean;
      faults: unknown[];
    }[];
    expect(consumers.map((consumer) => consumer.name)).toEqual(ALL_CONSUMERS.map((consumer) => consumer.name));
    expect(consumers.filter((consumer) => consumer.fixed).map((consumer) => consumer.name)).toEqual([
      "payment-capture",
    ]);
  });

  it("says so for a consumer that is not there, has no fix, or was not asked with a POST", async () => {
    expect((await post("/consumers/nobody/deploy-fix")).status).toBe(404);
    expect((await post("/consumers/%E0%A4%A/deploy-fix")).status).toBe(404);
    expect((await post("/consumers/analytics-loader/deploy-fix")).status).toBe(409);
    expect((await fetch(address("/consumers/order-intake/deploy-fix"))).status).toBe(405);
    expect(await statusFor("127.0.0.1", "//")).toBe(400);
    expect((await fetch(address("/%00?fixed=<script>"))).status).toBe(404);
  });

  it("takes no order from another site's page, and answers to no other name", async () => {
    expect((await post("/consumers/order-intake/deploy-fix", { origin: "https://elsewhere.example" })).status).toBe(
      403,
    );
    expect((await post("/consumers/order-intake/deploy-fix", { origin: "null" })).status).toBe(403);
    expect(state.isFixed("order-intake")).toBe(false);
    expect(await statusFor("elsewhere.example")).toBe(421);
    expect(await statusFor(`localhost:${server.port}`)).toBe(200);
  });

  it("shows nothing of a query as HTML", async () => {
    const page = await (await fetch(address("/?fixed=%3Cscript%3E&broken=%3Cimg%3E"))).text();
    expect(page).not.toMatch(/<script|<img/);
  });
});
