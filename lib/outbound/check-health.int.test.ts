import { createServer, type RequestListener, type Server } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { afterAll, describe, expect, it } from "vitest";
import { checkHealth } from "./check-health";

const closing: (() => void)[] = [];
afterAll(() => {
  for (const close of closing) close();
});

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => void sockets.add(socket));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
const http = (answer: RequestListener) => listening(createServer(answer));
const ask = (port: number, timeoutMs = 2_000, host = "127.0.0.1") =>
  checkHealth(`http://${host}:${port}/health`, { allowedHosts: [`${host}:${port}`], timeoutMs });

describe("R11: a consumer's health URL", () => {
  it.each([
    [200, true],
    [204, true],
    [299, true],
    [500, false],
    [404, false],
    [101, false],
  ])("status %i: well %s", async (status, ok) => {
    const port = await http((_, response) => void response.writeHead(status).end());
    expect((await ask(port)).ok).toBe(ok);
  });

  it("follows no redirect: the host that it names is never asked", async () => {
    let asked = 0;
    const elsewhere = await http((_, response) => {
      asked += 1;
      response.end();
    });
    const port = await http(
      (_, response) => void response.writeHead(302, { location: `http://127.0.0.1:${elsewhere}/` }).end(),
    );
    expect(await ask(port)).toMatchObject({ ok: false, words: expect.stringContaining("redirect") });
    expect(asked).toBe(0);
  });

  it("reads no body, however long it is", async () => {
    const port = await http((_, response) => {
      response.writeHead(200);
      const more = () => {
        while (response.writable && response.write(Buffer.alloc(65_536))) {
          // Without end.
        }
      };
      response.on("drain", more);
      response.on("error", () => {});
      more();
    });
    expect(await ask(port)).toEqual({ ok: true });
  });

  it("waits no longer than it is told, for a server that says nothing and for one that dribbles", async () => {
    const silent = await listening(createTcpServer(() => {}));
    const dribbling = await listening(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        const timer = setInterval(() => socket.write("H"), 20);
        socket.on("close", () => clearInterval(timer));
        socket.write("HTTP/1.1 200 OK\r\nx: ");
      }),
    );
    for (const port of [silent, dribbling]) {
      expect(await ask(port, 300)).toEqual({ ok: false, words: "no answer within 0.3 s" });
    }
  });

  it("bears a server that speaks another protocol, endless headers, or nobody", async () => {
    const rude = await listening(createTcpServer((socket) => void socket.end("220 smtp ready\r\n")));
    const large = await listening(
      createTcpServer((socket) => {
        socket.on("error", () => {});
        socket.write(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(40_000)}\r\n\r\n`);
      }),
    );
    const gone = await http(() => {});
    closing.pop()?.();
    for (const port of [rude, large, gone]) {
      const health = await ask(port);
      expect(health).toMatchObject({ ok: false, words: expect.stringContaining("cannot be reached") });
    }
  });

  it("asks no host that is not on the list, and no address that is never called", async () => {
    let asked = 0;
    const port = await http((_, response) => {
      asked += 1;
      response.end();
    });
    const options = { allowedHosts: ["orders.internal"], timeoutMs: 1_000 };
    expect(await checkHealth(`http://127.0.0.1:${port}/`, options)).toMatchObject({ ok: false });
    const metadata = { allowedHosts: ["169.254.169.254"], timeoutMs: 1_000 };
    expect(await checkHealth("http://169.254.169.254/latest/meta-data", metadata)).toMatchObject({
      words: expect.stringContaining("never called"),
    });
    // A name that is no loopback name but leads to this machine: the machine's own, or one that a hostile DNS answers so.
    expect(asked).toBe(0);
    expect(await ask(port, 2_000, "localhost")).toEqual({ ok: true });
  });
});
