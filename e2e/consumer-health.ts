import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

/** What the consumer's health address answers, and how often the console has asked it. */
export interface ConsumerHealth {
  readonly status: number;
  readonly asked: number;
}

/**
 * A consumer's own HTTP server, for the browser tests: `/health` answers the status that was put to `/control`, at first 200;
 * GET of `/control` tells a `ConsumerHealth`. Answers with its host and port.
 */
export async function startConsumerHealth(): Promise<string> {
  let status = 200;
  let asked = 0;
  const server = createServer((request, response) => {
    if (request.url === "/health") {
      asked += 1;
      response.writeHead(status).end();
      return;
    }
    void (async () => {
      if (request.method === "PUT") status = ((await json(request)) as { status: number }).status;
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ status, asked } satisfies ConsumerHealth));
    })();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}
