import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

export interface HttpAnswer {
  readonly status: number;
  readonly contentType?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

export type HttpHandler = (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;

const MAX_BODY_BYTES = 256 * 1_048_576;

/** One HTTP port. A handler that throws is answered with 500 and its message; nothing it did is undone. */
export class HttpServer {
  readonly #server: Server;

  /** `flush` is called before every answer, so that what was answered is kept. */
  constructor(handler: HttpHandler, flush: () => void) {
    // A busy client may send on a connection that it has kept for longer than Node's five seconds; closing it then would
    // fail a request that must not be sent twice.
    this.#server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      readBody(request)
        .then((body) =>
          handler({
            method: request.method ?? "GET",
            url: new URL(request.url ?? "/", "http://localhost"),
            headers: request.headers,
            body,
          }),
        )
        .catch(
          (error: unknown): HttpAnswer => ({
            status: 500,
            contentType: "text/plain",
            body: error instanceof Error ? error.message : String(error),
          }),
        )
        .then((answer) => {
          flush();
          response.writeHead(answer.status, {
            ...(answer.contentType ? { "content-type": answer.contentType } : {}),
            ...answer.headers,
          });
          response.end(answer.body);
        })
        .catch(() => response.destroy());
    });
  }

  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener("error", reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new Error(`The body is larger than ${MAX_BODY_BYTES} bytes.`);
  }
  return Buffer.concat(chunks);
}
