import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Counts } from "./consumer-counts";
import { ALL_CONSUMERS } from "./consumers/all-consumers";
import { type ConsumerView, PAGE_POLICY, renderPage } from "./control-page";
import type { SampleState } from "./state";

export interface ControlServer {
  readonly port: number;
  close(): void;
}

/**
 * Serves the page that deploys fixes, on 127.0.0.1 only: GET /, GET /consumers, POST /consumers/<name>/deploy-fix and
 * /break-again. Port 0 takes a free one. Other sites' pages can neither read nor post: the Host must be this machine's
 * name and a given Origin this server's own.
 */
export async function startControlServer(port: number, state: SampleState, counts: Counts): Promise<ControlServer> {
  const server = createServer((request, response) => {
    const answer = respond(request, state, counts);
    response.writeHead(answer.status, {
      "content-security-policy": PAGE_POLICY,
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
      "content-type": answer.type,
      ...(answer.location === undefined ? {} : { location: answer.location }),
    });
    response.end(answer.body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface Answer {
  readonly status: number;
  readonly type: "text/html; charset=utf-8" | "application/json" | "text/plain; charset=utf-8";
  readonly body: string;
  readonly location?: string;
}

function respond(request: IncomingMessage, state: SampleState, counts: Counts): Answer {
  const host = request.headers.host ?? "";
  if (!/^(127\.0\.0\.1|localhost)(:\d+)?$/i.test(host))
    return plain(421, "This server answers to 127.0.0.1 and localhost only.");
  const address = request.url ?? "/";
  if (!URL.canParse(address, `http://${host}`)) return plain(400, "That is no address.");
  const url = new URL(address, `http://${host}`);
  if (request.method === "GET" && url.pathname === "/") {
    const told = toldOf(url.searchParams);
    return {
      status: 200,
      type: "text/html; charset=utf-8",
      body: renderPage(viewConsumers(state, counts), told),
    };
  }
  if (request.method === "GET" && url.pathname === "/consumers") return json(200, viewConsumers(state, counts));
  const act = /^\/consumers\/([^/]+)\/(deploy-fix|break-again)$/.exec(url.pathname);
  if (!act) return plain(404, "There is only /, /consumers and /consumers/<name>/deploy-fix or /break-again.");
  if (request.method !== "POST") return plain(405, "Send a POST.");
  const { origin } = request.headers;
  if (origin !== undefined && origin !== `http://${host}`) return plain(403, "This page was not asked from itself.");
  return deploy(request, state, act[1] ?? "", act[2] === "deploy-fix");
}

function deploy(request: IncomingMessage, state: SampleState, name: string, fixed: boolean): Answer {
  const consumer = ALL_CONSUMERS.find((candidate) => candidate.name === name);
  if (!consumer) {
    return plain(
      404,
      `There is no consumer of that name. There are: ${ALL_CONSUMERS.map((one) => one.name).join(", ")}.`,
    );
  }
  if (consumer.fix === null) return plain(409, `${consumer.name} has nothing to deploy.`);
  state.setFixed(consumer.name, fixed);
  if (!(request.headers.accept ?? "").includes("text/html")) return json(200, { name: consumer.name, fixed });
  const query = new URLSearchParams({ [fixed ? "fixed" : "broken"]: consumer.name });
  return { ...plain(303, ""), location: `/?${query}` };
}

function toldOf(query: URLSearchParams): string | null {
  const known = (name: string | null) => ALL_CONSUMERS.find((consumer) => consumer.name === name)?.name ?? null;
  const fixed = known(query.get("fixed"));
  if (fixed !== null) return `The fix of ${fixed} is deployed. Replay its dead letters now.`;
  const broken = known(query.get("broken"));
  return broken === null ? null : `${broken} runs with its faults again.`;
}

function viewConsumers(state: SampleState, counts: Counts): ConsumerView[] {
  return ALL_CONSUMERS.map(({ name, entity, does, fix, faults }) => {
    const done = counts.get(name);
    return {
      name,
      entity,
      does,
      fix,
      fixed: state.isFixed(name),
      faults,
      completed: done?.completed ?? 0,
      deadLettered: done?.deadLettered ?? 0,
      notSettled: done?.notSettled ?? 0,
      lastFailure: done?.lastFailure ?? null,
    };
  });
}

function plain(status: number, text: string): Answer {
  return { status, type: "text/plain; charset=utf-8", body: text === "" ? "" : `${text}\n` };
}

function json(status: number, value: unknown): Answer {
  return { status, type: "application/json", body: `${JSON.stringify(value)}\n` };
}
