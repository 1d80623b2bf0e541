/** A message as the sample's services write it, before it becomes AMQP. */

export type PropertyValue =
  | { readonly type: "string"; readonly value: string }
  | { readonly type: "int" | "double"; readonly value: number }
  | { readonly type: "long"; readonly value: bigint }
  | { readonly type: "boolean"; readonly value: boolean }
  | { readonly type: "timestamp"; readonly value: Date }
  | { readonly type: "uuid"; readonly value: string };

export interface SampleMessage {
  /** Queue or topic. */
  readonly to: string;
  readonly messageId: string;
  readonly subject: string;
  readonly contentType: string;
  readonly correlationId: string | null;
  /** Messages of one session are to be processed in order; null for none. */
  readonly sessionId: string | null;
  /** Milliseconds; null leaves it to the entity. */
  readonly timeToLive: number | null;
  readonly properties: Readonly<Record<string, PropertyValue>>;
  readonly body: Buffer;
}

/** A message as a consumer gets it. */
export interface Delivery {
  readonly messageId: string | null;
  readonly subject: string | null;
  readonly body: Buffer;
  /** Application properties as the client library hands them out. */
  readonly properties: Readonly<Record<string, unknown>>;
}

export const text = (value: string): PropertyValue => ({ type: "string", value });
export const int = (value: number): PropertyValue => ({ type: "int", value });
export const long = (value: bigint): PropertyValue => ({ type: "long", value });
export const double = (value: number): PropertyValue => ({ type: "double", value });
export const flag = (value: boolean): PropertyValue => ({ type: "boolean", value });
export const time = (value: Date): PropertyValue => ({ type: "timestamp", value });
export const uuid = (value: string): PropertyValue => ({ type: "uuid", value });
