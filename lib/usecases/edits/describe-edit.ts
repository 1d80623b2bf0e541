import type { EditView } from "@/lib/contracts/dead-letters";
import type { EditRecord } from "@/lib/store/ports/edits";
import { describeBytes } from "../dead-letters/describe-body";

/** An edit as the page shows it. */
export function describeEdit(edit: EditRecord): EditView {
  return {
    id: edit.id,
    version: edit.version,
    body: edit.body === null ? null : describeBytes(edit.body),
    properties: edit.properties.map((change) => ({ ...change })),
    createdAt: edit.createdAt.toISOString(),
    createdBy: edit.createdBy,
  };
}
