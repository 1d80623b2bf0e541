"use client";
import { useQuery } from "@tanstack/react-query";
import { Banner } from "@/components/ui/banner";
import { Button } from "@/components/ui/button";
import { ScrollBox } from "@/components/ui/scroll-box";
import { payloadQuery } from "@/lib/client/dead-letters";
import type { Payload } from "@/lib/contracts/dead-letters";
import { editedContent } from "./edit-draft";

interface ConflictNoticeProps {
  id: string;
  /** Goes on with the text on the page, to be saved after theirs. */
  onKeepMine: (theirs: Payload) => void;
  onTakeTheirs: () => void;
}

/** Another version was saved since this editor was opened: shows theirs, and asks whose goes on. */
export function ConflictNotice({ id, onKeepMine, onTakeTheirs }: ConflictNoticeProps) {
  const { data, error } = useQuery({ ...payloadQuery(id), queryKey: ["payload", id, "theirs"], gcTime: 0 });
  const edit = data?.edit;
  const who = edit
    ? `${edit.createdBy} saved version ${edit.version}`
    : "The correction that you started from was withdrawn";
  return (
    <Banner tone="warn" live title="Somebody else was quicker; nothing of yours was saved, and nothing of it is lost">
      {error && <p>{error.message}</p>}
      {!data && !error && <p>Reading the other version…</p>}
      {data && (
        <>
          <p>{who} while you were editing.</p>
          {data.body && edit?.body && (
            <ScrollBox label="The other version" className="my-2 max-h-60 rounded-md border border-line bg-surface">
              {editedContent(data.body, edit)}
            </ScrollBox>
          )}
          <div className="mt-2 flex flex-wrap gap-2">
            <Button small onClick={onTakeTheirs}>
              Drop mine, go on with theirs
            </Button>
            <Button small onClick={() => onKeepMine(data)}>
              Keep my text, to save it after theirs
            </Button>
          </div>
        </>
      )}
    </Banner>
  );
}
