import * as z from "zod";
import { spanText } from "@/components/ui/time-text";

/** Of EntitySettings, what a person deciding on a replay wants to know; every part may be unreadable. */
const settingsShape = z.object({
  duplicateDetection: z.object({ enabled: z.boolean(), windowSeconds: z.number() }).nullish(),
  requiresSession: z.boolean().nullish(),
  lockSeconds: z.number().nullish(),
  maxDeliveryCount: z.number().nullish(),
  forwardDeadLettersTo: z.string().nullish(),
});

/** The entity's settings in one line of words. */
export function SettingsLine({ settings }: { settings: Record<string, unknown> | null }) {
  const parsed = settingsShape.safeParse(settings);
  if (!parsed.success) return <span className="italic">settings unknown: they could not be read from the broker</span>;
  const { duplicateDetection, requiresSession, lockSeconds, maxDeliveryCount, forwardDeadLettersTo } = parsed.data;
  const facts = [
    maxDeliveryCount ? `dies after ${maxDeliveryCount} deliveries` : "delivery limit unknown",
    lockSeconds ? `lock ${spanText(lockSeconds)}` : "lock time unknown",
    duplicateDetection
      ? duplicateDetection.enabled
        ? `duplicates dropped for ${spanText(duplicateDetection.windowSeconds)}`
        : "no duplicate detection"
      : "duplicate detection unknown",
    requiresSession === true ? "needs sessions" : null,
    forwardDeadLettersTo ? `dead letters are forwarded to ${forwardDeadLettersTo}` : null,
  ];
  return <span>{facts.filter((fact) => fact !== null).join(" · ")}</span>;
}
