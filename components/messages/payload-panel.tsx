"use client";
import { useQuery } from "@tanstack/react-query";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { bytesText } from "@/components/ui/number-text";
import { Panel } from "@/components/ui/panel";
import { Skeleton } from "@/components/ui/skeleton";
import { Ago } from "@/components/ui/time";
import { payloadQuery } from "@/lib/client/dead-letters";
import type { BodyView, Payload } from "@/lib/contracts/dead-letters";
import { BodyPanel } from "./body-panel";
import { editedContent } from "./edit-draft";
import { FetchNotice } from "./fetch-notice";
import { PropertyTable } from "./property-table";

interface PayloadPanelProps {
  id: string;
  /** Why it cannot be edited, or how to begin. */
  edit: { kind: "offer"; onEdit: () => void } | { kind: "refused"; because: string } | { kind: "absent" };
}

/** The payload and the properties, as they would be replayed. */
export function PayloadPanel({ id, edit }: PayloadPanelProps) {
  const { data, error, refetch, isFetching } = useQuery(payloadQuery(id));
  if (error && !data) {
    return (
      <Banner
        tone="warn"
        live
        title="Could not read the payload"
        action={
          <Button onClick={() => void refetch()} busy={isFetching && "Reading…"}>
            Try again
          </Button>
        }
      >
        {error.message}
      </Banner>
    );
  }
  if (!data) {
    return (
      <Panel title="Payload">
        <Skeleton label="Reading the payload; the look is recorded in the audit…" />
      </Panel>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {data.beingFetched && <FetchNotice id={id} onFetched={() => void refetch()} busy={isFetching} />}
      <PayloadShown payload={data} edit={edit} />
    </div>
  );
}

function PayloadShown({ payload, edit }: { payload: Payload; edit: PayloadPanelProps["edit"] }) {
  const { body } = payload;
  const shown = body && payload.edit?.body ? corrected(body, payload) : body;
  return (
    <div className="flex flex-col gap-4">
      <Panel
        flush
        title={payload.edit?.body ? "Payload, as corrected" : "Payload"}
        aside={
          <span className="flex items-center gap-3">
            {body && `${body.language === "binary" ? "binary" : body.language.toUpperCase()}, ${bytesText(body.bytes)}`}
            {edit.kind === "offer" && payload.kept && (
              <Button small icon="edit" onClick={edit.onEdit} aria-keyshortcuts="e">
                {payload.edit ? "Edit again" : "Edit"}
              </Button>
            )}
          </span>
        }
      >
        {edit.kind === "refused" && <p className="border-b border-line px-4 py-2 text-sm text-soft">{edit.because}</p>}
        {payload.edit && (
          <p className="border-b border-line bg-accent-wash px-4 py-2 text-sm">
            Correction {payload.edit.version} by {payload.edit.createdBy},{" "}
            <Ago time={payload.edit.createdAt} focusable />. A replay sends it in place of the original.
          </p>
        )}
        {shown && shown.kind !== "none" ? (
          <BodyPanel body={shown} title="Payload" />
        ) : (
          <p className="p-4 text-soft">{payload.kept ? "The message has no body." : payload.notKeptBecause}</p>
        )}
      </Panel>
      <Properties payload={payload} />
    </div>
  );
}

/** The corrected body for the eye; whether it parses was checked when it was saved. */
function corrected(body: BodyView, payload: Payload): BodyView {
  return { ...body, content: editedContent(body, payload.edit), parseError: null };
}

function Properties({ payload }: { payload: Payload }) {
  const { applicationProperties, messageProperties, header, annotations } = payload;
  const count = applicationProperties.length + messageProperties.length + header.length + annotations.length;
  return (
    <Panel title="Properties" flush>
      {count === 0 && <p className="p-4 text-soft">The message carries none, or none were kept.</p>}
      <PropertyTable title="Of the application" properties={applicationProperties} />
      <PropertyTable title="Of the message" properties={messageProperties} />
      <PropertyTable title="Header" properties={header} />
      <PropertyTable title="Annotations of the broker" properties={annotations} />
    </Panel>
  );
}
