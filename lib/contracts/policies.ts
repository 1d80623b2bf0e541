import * as z from "zod";
import { APPROVALS, DEDUPLICATIONS } from "@/lib/domain/queue-policy";
import { isoTime, storableText } from "./common";

const RATE = "a number above 0, at most 1000";
const rate = z.number(RATE).positive(RATE).max(1000, RATE).nullable();

const wholeUpTo = (most: number) => {
  const expected = `a whole number from 0 to ${most}`;
  return z.number(expected).int(expected).min(0, expected).max(most, expected).nullable();
};

const wallClock = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/, "a time of day: 22:00");

export const quietHours = z
  .object({
    timeZone: z.string().max(60).refine(isTimeZone, "a time zone by its IANA name: Europe/Berlin"),
    windows: z
      .array(
        z
          .object({
            /** Days on which it begins, 1 Monday to 7 Sunday. */
            days: z.array(z.number().int().min(1).max(7)).min(1, "at least one day").max(7),
            from: wallClock,
            /** Not after `from`: on the next day. */
            to: wallClock,
          })
          .strict(),
      )
      .min(1)
      .max(10),
    /** Copies a second in them; null: nothing is sent. */
    rate,
  })
  .strict();

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    // An offset is no zone: it knows no change of the clock, and the database reads its sign the other way round.
    return /^[A-Z]/.test(name);
  } catch {
    return false;
  }
}

const fields = {
  maxRate: rate,
  approval: z.enum(APPROVALS),
  approvalOver: wholeUpTo(10_000_000),
  protected: z.boolean(),
  deduplicatesBy: z.enum(DEDUPLICATIONS).nullable(),
  businessKey: storableText.trim().min(1).max(300).nullable(),
  doubtPolicy: z.enum(["hold", "send-again"]),
  healthUrl: z
    .url({ protocol: /^https?$/, error: "an address that begins with https:// or http://" })
    .max(2_000)
    .nullable(),
  backlogBound: wholeUpTo(1_000_000_000),
  stamps: z.boolean(),
  quietHours: quietHours.nullable(),
};

export const savePolicy = z
  .object({
    /** The version that was read; another one in force is a "conflict". */
    version: z.number().int().min(0),
    reason: storableText.trim().min(3, "say in a few words why the policy is changed").max(2_000),
    policy: z
      .object(fields)
      .strict()
      .refine((policy) => (policy.approval === "over") === (policy.approvalOver !== null), {
        path: ["approvalOver"],
        message: "the number of messages above which a second person approves",
      })
      .refine((policy) => (policy.deduplicatesBy === "business-key") === (policy.businessKey !== null), {
        path: ["businessKey"],
        message: "the property, or the JSON pointer into the body, that holds the business key",
      }),
  })
  .strict();
export type SavePolicy = z.infer<typeof savePolicy>;

export const policyDetail = z.object({
  at: isoTime,
  queueId: z.number().int(),
  policy: z.object({ version: z.number().int().min(0), ...fields }),
  /** Null: nobody has changed it yet. */
  updatedAt: isoTime.nullable(),
  updatedBy: z.string().nullable(),
  /** The namespace's ceiling, copies a second; null: it is no longer configured. */
  namespaceRate: z.number().nullable(),
  /** What the dialog of a replay offers: a rate, the highest, and how long a canary to the origin waits at least. */
  offered: z.object({ rate: z.number(), mostRate: z.number(), canarySeconds: z.number().int() }),
  /** Until when the quiet hours of now last; null: there are none now. */
  quietUntil: isoTime.nullable(),
});
export type PolicyDetail = z.infer<typeof policyDetail>;
