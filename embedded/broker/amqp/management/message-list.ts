/** A map { messages: [ { message: binary, lock-token?: uuid } ] }, put together from bytes that are encoded already. */
export function messageList(messages: readonly { readonly message: Buffer; readonly lockToken?: Buffer }[]): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (const { message, lockToken } of messages) {
    const tokenLength = lockToken === undefined ? 0 : LOCK_TOKEN_KEY.length + 17;
    const head = Buffer.allocUnsafe(9 + MESSAGE_KEY.length + 5);
    head[0] = 0xd1;
    head.writeUInt32BE(4 + MESSAGE_KEY.length + 5 + message.length + tokenLength, 1);
    head.writeUInt32BE(lockToken === undefined ? 2 : 4, 5);
    MESSAGE_KEY.copy(head, 9);
    head[9 + MESSAGE_KEY.length] = 0xb0;
    head.writeUInt32BE(message.length, 10 + MESSAGE_KEY.length);
    parts.push(head, message);
    length += head.length + message.length;
    if (lockToken !== undefined) {
      parts.push(LOCK_TOKEN_KEY, Buffer.of(0x98), lockToken);
      length += tokenLength;
    }
  }
  const list = Buffer.allocUnsafe(9 + MESSAGES_KEY.length + 9);
  list[0] = 0xd1;
  list.writeUInt32BE(4 + MESSAGES_KEY.length + 9 + length, 1);
  list.writeUInt32BE(2, 5);
  MESSAGES_KEY.copy(list, 9);
  const at = 9 + MESSAGES_KEY.length;
  list[at] = 0xd0;
  list.writeUInt32BE(4 + length, at + 1);
  list.writeUInt32BE(messages.length, at + 5);
  return Buffer.concat([list, ...parts], list.length + length);
}

function key(name: string): Buffer {
  return Buffer.concat([Buffer.of(0xa1, name.length), Buffer.from(name, "latin1")]);
}

const MESSAGES_KEY = key("messages");
const MESSAGE_KEY = key("message");
const LOCK_TOKEN_KEY = key("lock-token");
