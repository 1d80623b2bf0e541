import type { AddressInfo } from "node:net";
import { createServer, type Server } from "node:net";
import rhea from "rhea";
import type { Entity } from "../engine/entity";
import { AmqpConnection } from "./amqp-connection";
import type { ServerContext } from "./server-context";

/** The AMQP port: takes connections, and closes what is left of them at the end. */
export class AmqpServer {
  readonly #context: ServerContext;
  readonly #server: Server;
  readonly #connections = new Set<AmqpConnection>();

  constructor(context: Omit<ServerContext, "container">) {
    const container = rhea.create_container({ id: context.namespace.name });
    container.sasl_server_mechanisms.enable_anonymous();
    container.on("error", () => {});
    this.#context = { ...context, container };
    this.#server = createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => {});
      this.#connections.add(
        new AmqpConnection(this.#context, socket, (connection) => this.#connections.delete(connection)),
      );
    });
  }

  /** Resolves with the port that it listens on. */
  listen(host: string, port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(port, host, () => {
        this.#server.removeListener("error", reject);
        resolve((this.#server.address() as AddressInfo).port);
      });
    });
  }

  get connections(): number {
    return this.#connections.size;
  }

  closeLinksOf(entity: Entity): void {
    for (const connection of this.#connections) connection.closeLinksOf(entity);
  }

  /** Answers how many there were. */
  cutConnections(): number {
    const { size } = this.#connections;
    for (const connection of this.#connections) connection.destroy();
    return size;
  }

  async close(): Promise<void> {
    for (const connection of this.#connections)
      connection.close("amqp:connection:forced", "The broker is shutting down.");
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 300))]);
    this.cutConnections();
    await closed;
  }
}
