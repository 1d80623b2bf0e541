import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { cache } from "react";
import { GroupEditView } from "@/components/group-edits/group-edit-view";
import { groupEditQuery } from "@/lib/client/group-edits";
import { groupEditParams } from "@/lib/contracts/group-edits";
import { composition } from "@/lib/server/composition";
import { pageGate } from "@/lib/server/gate";
import { orNotFound } from "@/lib/server/or-not-found";
import { getGroupEdit } from "@/lib/usecases/group-edits/get-group-edit";
import { Hydrated, known } from "../../hydrated";

interface Props {
  readonly params: Promise<{ id: string }>;
}

/** The gate and the change behind it, once a request: for the page and for its title. */
const loadChange = cache(async (id: string) => {
  await pageGate("edits.write");
  const parsed = groupEditParams.safeParse({ id });
  if (!parsed.success) notFound();
  const { store } = composition();
  return orNotFound(getGroupEdit({ store }, parsed.data));
});

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const edit = await loadChange((await params).id);
  return { title: `Change of messages of ${edit.queue.entityPath}` };
}

export default async function GroupEditPage({ params }: Props) {
  const edit = await loadChange((await params).id);
  return (
    <Hydrated known={[known(groupEditQuery(edit.id), edit)]}>
      <GroupEditView id={edit.id} />
    </Hydrated>
  );
}
