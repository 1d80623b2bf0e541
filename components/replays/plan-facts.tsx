import { Moment } from "@/components/ui/moment";
import { bytesText, countText, numberText, rateText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { Age } from "@/components/ui/time";
import { spanText } from "@/components/ui/time-text";
import type { Preflight, ReplayDetail } from "@/lib/contracts/replays";
import { DiedOf } from "./died-of";
import { BeginAndEnd, SessionFacts, sendingWords } from "./plan-time";

/** What will happen, in sentences. */
export function PlanFacts({ detail }: { detail: ReplayDetail }) {
  const { preflight, replay } = detail;
  return (
    <Panel title="What will happen">
      <ul className="flex list-disc flex-col gap-2 pl-5 marker:text-faint">
        <WhatGoes preflight={preflight} />
        <li>
          At most <strong>{rateText(replay.rate)} a second</strong>
          {replay.burst > 1 && `, with a burst of ${replay.burst}`}; that takes {sendingWords(detail)}
          {preflight.credits &&
            ` and uses ${numberText(preflight.credits.total)} credits of the namespace, ${numberText(preflight.credits.perSecond)} a second`}
          .
          {replay.rateCeiling > replay.rate && ` It may be raised up to ${rateText(replay.rateCeiling)} while it runs.`}
        </li>
        <RampFacts detail={detail} />
        <BeginAndEnd detail={detail} />
        {preflight.reach && (
          <li>
            <strong>{countText(preflight.reach.passedBy, "message")}</strong> that{" "}
            {preflight.reach.passedBy === 1 ? "stays is" : "stay are"} locked on the way and left as{" "}
            {preflight.reach.passedBy === 1 ? "it is" : "they are"}. Up to {numberText(preflight.reach.messages)} can be
            passed: {rateText(preflight.reach.rate)} a second ({REACH_BY[preflight.reach.by]}) while a lock of{" "}
            {spanText(preflight.reach.lockSeconds)} lasts.
          </li>
        )}
        <SessionFacts detail={detail} />
        <li>
          {preflight.edited === 0
            ? "Every copy has the same bytes and properties as its original."
            : `${countText(preflight.edited, "copy", "copies")} ${preflight.edited === 1 ? "carries its saved correction" : "carry their saved corrections"}; the others have the bytes of their originals.`}
        </li>
        <li>
          Message ids: <strong>{preflight.messageIdPolicy === "preserve" ? "kept" : "new for every copy"}</strong>.{" "}
          {preflight.messageIdWhy}
        </li>
        <li>Lifetime: {expiryWords(preflight)}</li>
        {preflight.deliverAt && (
          <li>
            {preflight.target} keeps them back until <Moment time={preflight.deliverAt} />.
          </li>
        )}
        {preflight.businessKeys.map(({ where, repeated }) => (
          <li key={where}>
            Business key <code className="font-mono">{where}</code>:{" "}
            {repeated === 0 ? "no two carry the same" : `${numberText(repeated)} carry one that another has`}.
          </li>
        ))}
        <li>
          {detail.doubtPolicy === "hold"
            ? "If it cannot be told whether a copy arrived, the message is held for a person."
            : "If it cannot be told whether a copy arrived, it is sent again: the consumer must bear duplicates."}
        </li>
        <li>
          {replay.kind === "restore"
            ? "They are sent from the archive; nothing is taken out of a dead-letter queue."
            : "An original leaves the dead-letter queue only after the broker has taken its copy. Messages that arrive from now on are not part of this."}
        </li>
      </ul>
      <DiedOf causes={preflight.causes} />
    </Panel>
  );
}

/** How many, where to, how large, how old. */
function WhatGoes({ preflight }: { preflight: Preflight }) {
  const { willSend, target, totalBytes, largestBytes, maxBytes, oldestEnqueuedAt, newestEnqueuedAt } = preflight;
  if (willSend === 0) {
    return (
      <li>
        <strong>No copy</strong> goes to <strong className="break-name">{target}</strong>: every message is refused.
      </li>
    );
  }
  return (
    <li>
      <strong>{countText(willSend, "copy", "copies")}</strong> {willSend === 1 ? "goes" : "go"} to{" "}
      <strong className="break-name">{target}</strong>, oldest first, {bytesText(totalBytes)} together.
      {largestBytes !== null && maxBytes !== null && (
        <>
          {" "}
          {willSend > 1 && `The largest has ${bytesText(largestBytes)}. `}Up to {bytesText(maxBytes)} fit in one.
        </>
      )}{" "}
      {oldestEnqueuedAt !== null && oldestEnqueuedAt === newestEnqueuedAt && (
        <>
          Enqueued <Age since={oldestEnqueuedAt} /> ago.
        </>
      )}
      {oldestEnqueuedAt !== null && newestEnqueuedAt !== null && oldestEnqueuedAt !== newestEnqueuedAt && (
        <>
          They were enqueued between <Age since={oldestEnqueuedAt} /> and <Age since={newestEnqueuedAt} /> ago.
        </>
      )}
    </li>
  );
}

const REACH_BY = {
  measured: "as measured",
  assumed: "assumed, nobody has locked through it yet",
  credits: "what the namespace's credits allow",
} as const;

function expiryWords({ expiry }: Preflight): string {
  const carrying = `${countText(expiry.carrying, "copy", "copies")} with an expiry time`;
  switch (expiry.policy) {
    case "keep":
      return expiry.carrying === 0 ? "as their sender set it." : `as their sender set it; ${carrying}.`;
    case "renew":
      return expiry.carrying === 0
        ? "none of them has an expiry time that could begin anew."
        : `as long as their sender gave them, from the send on; ${carrying}.`;
    case "none":
      return "none of their own.";
  }
}

function RampFacts({ detail: { ramp, replay } }: { detail: ReplayDetail }) {
  if (ramp === null) return null;
  const { canary, steps } = ramp;
  return (
    <>
      {canary !== null && (
        <li>
          <strong>{countText(canary.count, "message")} first</strong>, then a wait of {spanText(canary.waitSeconds)} to
          see whether they come back dead. If a quarter or more of them do, it pauses.
        </li>
      )}
      {steps.length > 0 && (
        <li>
          Then {steps.map((step) => `${rateText(step.rate)} a second for ${spanText(step.seconds)}`).join(", ")}, then
          the full rate of {rateText(replay.rate)}.
        </li>
      )}
    </>
  );
}
