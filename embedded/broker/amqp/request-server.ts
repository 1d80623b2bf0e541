import { AmqpDecodeError } from "@/lib/amqp/values";
import { parseAddress } from "../engine/address";
import { BrokerFault, entityDisabled } from "../engine/broker-fault";
import type { ConnectionRights } from "./authority";
import { ACCEPTED, dispositionsOf } from "./disposition-writer";
import { answerManagement, encodeFault } from "./management";
import { onRawMessage, type RawMessage } from "./raw-transfers";
import { forwarded } from "./refusals";
import { EMPTY_BODY, encodeResponse, type Request, readRequest } from "./request";
import type { RheaReceiver, RheaSender } from "./rhea-internals";
import type { ServerContext } from "./server-context";

const CREDIT = 200;
const MAX_REQUEST_BYTES = 4 * 1_048_576;

/** Answers the requests of one connection to $cbs and to the entities' $management. */
export class RequestServer {
  readonly #context: ServerContext;
  readonly #rights: ConnectionRights;
  readonly #tokenTaken: () => void;
  /** Links that answers to requests go out on, by the name or address that a request gives as its reply-to. */
  readonly #replies = new Map<string, RheaSender>();
  /** Links to entities' $management, both ways, with their addresses. $cbs is open to all. */
  readonly #management = new Map<RheaSender | RheaReceiver, string>();

  /** `tokenTaken` is called when the connection's rights have changed. */
  constructor(context: ServerContext, rights: ConnectionRights, tokenTaken: () => void) {
    this.#context = context;
    this.#rights = rights;
    this.#tokenTaken = tokenTaken;
  }

  /** A link that the client will read answers from. */
  openReplies(sender: RheaSender, address: string): void {
    sender.set_source({ address });
    if (parseAddress(address).kind !== "cbs") this.#management.set(sender, address);
    this.#replies.set(sender.name, sender);
    const replyAddress = sender.target?.address;
    if (typeof replyAddress === "string" && replyAddress !== "") this.#replies.set(replyAddress, sender);
  }

  /** A link that the client will send requests on. */
  openRequests(receiver: RheaReceiver, address: string): void {
    if (parseAddress(address).kind !== "cbs") this.#management.set(receiver, address);
    onRawMessage(receiver, CREDIT, MAX_REQUEST_BYTES, (message) => this.#request(receiver, message, address));
  }

  drop(gone: (link: RheaSender | RheaReceiver) => boolean): void {
    for (const [name, sender] of this.#replies) if (gone(sender)) this.#replies.delete(name);
    for (const link of this.#management.keys()) if (gone(link)) this.#management.delete(link);
  }

  /** Closes the $management links that no token covers any more. */
  closeUncovered(reason: (link: RheaSender | RheaReceiver, address: string) => BrokerFault): void {
    const now = this.#context.namespace.now();
    for (const [link, address] of this.#management) {
      if (this.#rights.holds(null, address, now)) continue;
      const { condition, message } = reason(link, address);
      link.close({ condition, description: message });
      this.drop((other) => other === link);
    }
  }

  #request(receiver: RheaReceiver, message: RawMessage, addressText: string): void {
    dispositionsOf(receiver.session).settleIncoming(message.delivery, ACCEPTED);
    let request: Request;
    try {
      request = readRequest(message.bytes);
    } catch (error) {
      if (!(error instanceof AmqpDecodeError)) throw error;
      receiver.close({ condition: "amqp:decode-error", description: error.message });
      return;
    }
    const reply = request.replyTo === null ? undefined : this.#replies.get(request.replyTo);
    if (reply === undefined || !reply.is_open()) return;
    const answer = this.#answer(request, addressText);
    if (answer === null) return;
    const delivery = reply.send(answer, undefined, 0) as unknown as { settled: boolean };
    delivery.settled = true;
  }

  /** Null: nothing is answered (a fault that a test asked for). */
  #answer(request: Request, addressText: string): Buffer | null {
    const address = parseAddress(addressText);
    if (address.kind === "cbs") return this.#putToken(request);
    const { namespace, faults } = this.#context;
    try {
      const entity = namespace.get(address.path);
      const operation = request.properties.get("operation");
      const name = operation?.type === "string" ? operation.value : "";
      this.#rights.demand(rightFor(name), addressText, namespace.now());
      faults.beforeManagement(entity.path, name);
      if (entity.settings.status === "Disabled") throw entityDisabled(entity.path);
      namespace.touch(entity);
      const queue = entity.kind === "topic" ? entity.main : namespace.receivingQueue(address.path, address.role).queue;
      if (
        address.role === "dead-letter" &&
        entity.kind !== "topic" &&
        entity.settings.forwardDeadLetteredMessagesTo !== null
      ) {
        throw forwarded(queue.path, entity.settings.forwardDeadLetteredMessagesTo);
      }
      const answer = answerManagement(request, () => ({ namespace, entity, queue, limits: faults }));
      return faults.loseManagementReply(entity.path, name) ? null : answer;
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      return encodeFault(request.messageId, error);
    }
  }

  #putToken(request: Request): Buffer {
    const audience = request.properties.get("name");
    const type = request.properties.get("type");
    const token = request.body;
    try {
      this.#rights.putToken(
        audience?.type === "string" ? audience.value : "",
        type?.type === "string" ? type.value : "",
        token.type === "string" ? token.value : "",
        this.#context.namespace.now(),
      );
      this.#tokenTaken();
    } catch (error) {
      if (!(error instanceof BrokerFault)) throw error;
      return encodeResponse(
        request.messageId,
        [
          ["status-code", { type: "int", value: 401 }],
          ["error-condition", { type: "symbol", value: "com.microsoft:auth-failed" }],
          ["status-description", { type: "string", value: error.message }],
        ],
        EMPTY_BODY,
      );
    }
    return encodeResponse(
      request.messageId,
      [
        ["status-code", { type: "int", value: 202 }],
        ["status-description", { type: "string", value: "Accepted" }],
      ],
      EMPTY_BODY,
    );
  }
}

function rightFor(operation: string): "Send" | "Listen" {
  return operation.endsWith("schedule-message") || operation.endsWith("cancel-scheduled-message") ? "Send" : "Listen";
}
