import { createServer } from "node:net";

const FIRST = 3000;
const LAST = 3099;

/** A port for the pages on 127.0.0.1. Rejects with what to do when the wished one is taken, or none is free. */
export async function choosePort(wished: string | undefined): Promise<number> {
  if (wished !== undefined && wished !== "") {
    const port = Number(wished);
    if (!Number.isInteger(port) || port < 0 || port > 65_535) {
      throw new Error("PORT must be a number between 1 and 65535, or 0 for any that is free.");
    }
    const free = await tryPort(port);
    if (free !== null) return free;
    throw new Error(
      `Port ${port}, which PORT asks for, is taken by another program or not allowed. Set PORT to another one, or leave it out to take the next free one from ${FIRST} on.`,
    );
  }
  for (let port = FIRST; port <= LAST; port += 1) {
    if ((await tryPort(port)) !== null) return port;
  }
  throw new Error(`All ports from ${FIRST} to ${LAST} are taken. Set PORT to a free one.`);
}

function tryPort(port: number): Promise<number | null> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen(port, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : null));
    });
  });
}
