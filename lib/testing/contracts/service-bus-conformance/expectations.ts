import { ServiceBusError, type ServiceBusMessage, type ServiceBusReceivedMessage } from "@azure/service-bus";
import { expect } from "vitest";

/** The error as the client library surfaces it: its code, or its name when it is none of Service Bus's; and its text. */
export async function errorOf(act: Promise<unknown>): Promise<{ readonly code: string; readonly message: string }> {
  try {
    await act;
  } catch (error) {
    if (error instanceof ServiceBusError) return { code: error.code, message: error.message };
    if (error instanceof Error && "code" in error) return { code: String(error.code), message: error.message };
    return error instanceof Error ? { code: error.name, message: error.message } : { code: String(error), message: "" };
  }
  return { code: "no error", message: "" };
}

export async function codeOf(act: Promise<unknown>): Promise<string> {
  return (await errorOf(act)).code;
}

/**
 * The client library has no code for amqp:not-allowed: it is a GeneralError whose text begins with the name
 * InvalidOperationError.
 */
export async function expectInvalidOperation(act: Promise<unknown>): Promise<void> {
  const { code, message: text } = await errorOf(act);
  expect(code).toBe("GeneralError");
  expect(text).toMatch(/^InvalidOperationError: /);
}

/** Nor for com.microsoft:argument-error: a GeneralError whose text begins with the name ArgumentError. */
export async function expectArgumentError(act: Promise<unknown>): Promise<void> {
  const { code, message: text } = await errorOf(act);
  expect(code).toBe("GeneralError");
  expect(text).toMatch(/^ArgumentError: /);
}

let counter = 0;

/** A message with an id of its own. */
export function message(body: unknown, more: Partial<ServiceBusMessage> = {}): ServiceBusMessage {
  return { body, messageId: `id-${++counter}`, ...more };
}

/** Options of a dead-lettering with nothing but a reason. */
export function because(deadLetterReason: string): { deadLetterReason: string; deadLetterErrorDescription: string } {
  return { deadLetterReason, deadLetterErrorDescription: "" };
}

export function sequenceNumbers(messages: readonly ServiceBusReceivedMessage[]): string[] {
  return messages.map(({ sequenceNumber }) => String(sequenceNumber));
}

/** Top 16 bits of each sequence number. */
export function partitions(messages: readonly ServiceBusReceivedMessage[]): bigint[] {
  return messages.map(({ sequenceNumber }) => BigInt(String(sequenceNumber)) >> 48n);
}

/** All items of a list that is read page by page. */
export async function listed<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}
