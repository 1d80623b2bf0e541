import { ProtocolFault } from "./raw-transfers";
import type { RheaReceiver, RheaSender, RheaSession, Terminus } from "./rhea-internals";

const SOURCE = 0x28;
const TARGET = 0x29;
const COORDINATOR = 0x30;

/** What attached links asked for that rhea does not know, by their attach. */
const coordinators = new WeakSet<object>();

/** Whether a client wants to run transactions over this link. */
export function isForTransactions(link: RheaReceiver): boolean {
  return coordinators.has(link.remote.attach);
}

/**
 * Which handle stands for which link of a session. A peer's detach frees the handle and the name at once, whoever closed the
 * link first. rhea never frees the handle, since it keeps it under another name, and frees the name some turns of the event loop
 * later; until then it still owes the link its own detach, so the link stays in the table under a name of its own.
 */
export function freeHandlesOnDetach(session: RheaSession): void {
  const { handles } = session.remote;
  const attach = session.on_attach.bind(session);
  session.on_attach = (frame) => {
    const { handle, name } = frame.performative;
    if (handles[handle] !== undefined) {
      throw new ProtocolFault("amqp:session:handle-in-use", `A link is attached on handle ${handle}.`);
    }
    if (session.links[name]?.state.remote_open) {
      throw new ProtocolFault("amqp:not-allowed", `A link named '${name}' is attached already.`);
    }
    const { performative } = frame;
    if (codeOf(performative.target) === COORDINATOR) coordinators.add(performative);
    // rhea writes a line to the console for each terminus that it does not know.
    if (codeOf(performative.target) !== TARGET) performative.target = null;
    if (codeOf(performative.source) !== SOURCE) performative.source = null;
    attach(frame);
  };
  session._get_link = ({ performative: { handle } }) => {
    const link = handles[handle];
    if (link === undefined)
      throw new ProtocolFault("amqp:session:unattached-handle", `No link is attached on handle ${handle}.`);
    return link;
  };
  const detach = session.on_detach.bind(session);
  session.on_detach = (frame) => {
    const { handle } = frame.performative;
    const link = handles[handle];
    detach(frame);
    delete handles[handle];
    if (link === undefined || session.links[link.name] !== link) return;
    delete session.links[link.name];
    session.links[departed(link)] = link;
  };
  session.remove_link = (link) => {
    delete session.local.handles[link.local.handle];
    for (const name of [link.name, departed(link)]) if (session.links[name] === link) delete session.links[name];
  };
}

/** No peer can give a link this name: the broker's own handle is in it, which is free only when the link has gone. */
function departed(link: RheaSender | RheaReceiver): string {
  return `\u0000${link.local.handle}`;
}

function codeOf(terminus: Terminus): number {
  const value = terminus?.descriptor?.value;
  if (value === "amqp:source:list") return SOURCE;
  if (value === "amqp:target:list") return TARGET;
  if (value === "amqp:coordinator:list") return COORDINATOR;
  return Number(value);
}
