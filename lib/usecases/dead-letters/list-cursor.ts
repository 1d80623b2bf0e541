import * as z from "zod";
import { decimalId, isoTime } from "@/lib/contracts/common";
import type { DeadLetterSort } from "@/lib/contracts/dead-letters";
import { AppError } from "@/lib/domain/app-error";
import type { DeadLetterAnchor } from "@/lib/store/ports/dead-letters";

/** Where a list goes on: opaque to the browser, checked when it comes back. */
export interface ListCursor {
  readonly sort: DeadLetterSort;
  readonly at: Date;
  readonly anchor: DeadLetterAnchor;
}

const count = z.string().regex(/^[0-9]{1,9}$/);
const VALUES = { oldest: isoTime, newest: isoTime, largest: count, "most-deliveries": count } as const;

export function writeCursor(cursor: ListCursor): string {
  const parts = [cursor.sort, cursor.at.toISOString(), cursor.anchor.value, cursor.anchor.id];
  return Buffer.from(parts.join(" "), "utf8").toString("base64url");
}

/** Throws `AppError` "invalid-input" for anything that `writeCursor` did not write for this sort. */
export function readCursor(text: string, sort: DeadLetterSort): ListCursor {
  const shape = z.tuple([z.literal(sort), isoTime, VALUES[sort], decimalId]);
  const parsed = shape.safeParse(Buffer.from(text, "base64url").toString("utf8").split(" "));
  if (!parsed.success) {
    throw new AppError("invalid-input", "This page of the list cannot be found again; start from its first page.", {
      cursor: "not a cursor of this list",
    });
  }
  return { sort, at: new Date(parsed.data[1]), anchor: { value: parsed.data[2], id: parsed.data[3] } };
}
