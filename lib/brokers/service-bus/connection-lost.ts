import { setMaxListeners } from "node:events";
import type { ServiceBusClient } from "@azure/service-bus";
import { connectionOf, type SdkConnection, type SdkLink } from "./sdk-internals";

const watched = new WeakMap<SdkConnection, AbortController>();

/**
 * Aborted when the connection that the client has now is lost. The SDK then makes itself another, for which this gives
 * another signal; what waits for an answer on the lost one it leaves waiting until its own timeout.
 */
export function connectionLost(client: ServiceBusClient): AbortSignal {
  const connection = connectionOf(client);
  const known = watched.get(connection);
  if (known !== undefined) return known.signal;
  const lost = patientController();
  watched.set(connection, lost);
  connection.once("disconnected", () => {
    watched.delete(connection);
    lost.abort();
  });
  return lost.signal;
}

/** Aborted when the link is closed, from either side, or its connection is lost. */
export function linkLost(link: SdkLink, client: ServiceBusClient): AbortSignal {
  const lost = patientController();
  const connection = connectionLost(client);
  const abort = (): void => {
    connection.removeEventListener("abort", abort);
    lost.abort();
  };
  connection.addEventListener("abort", abort);
  for (const event of ["sender_close", "receiver_close", "session_close"] as const) link.once(event, abort);
  return lost.signal;
}

/** Hundreds of settlements wait on one signal. */
export function patientController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
