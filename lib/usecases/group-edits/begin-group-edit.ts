import { randomUUID } from "node:crypto";
import { MAX_GROUP_EDIT, type NewGroupEdit } from "@/lib/contracts/group-edits";
import { AppError } from "@/lib/domain/app-error";
import type { Actor } from "@/lib/domain/audit";
import type { Store } from "@/lib/store/ports";
import { findJsonError } from "../dead-letters/find-json-error";

const CHOOSING_SECONDS = 25;

/**
 * Freezes the messages of a selection and has a worker try one change on each of them. Nothing is saved: that is another act. Throws
 * "invalid-input" (a value that is no JSON), "not-found", "unprocessable" (no message, or too many).
 */
export async function beginGroupEdit(
  { store, actor }: { store: Store; actor: Extract<Actor, { kind: "person" }> },
  { selection, change }: NewGroupEdit,
): Promise<{ id: string }> {
  requireJson(change);
  const queueId = selection.kind === "filter" ? selection.filter.queue : selection.queue;
  const id = randomUUID();
  await store.transaction(async (tx) => {
    if ((await tx.replays.planFacts(queueId, null)) === null)
      throw new AppError("not-found", "There is no such dead-letter queue.");
    await tx.search.limitSeconds(CHOOSING_SECONDS);
    const messages = await tx.groupEdits.create({
      id,
      queueId,
      selection,
      change,
      createdBy: actor.id,
      limit: MAX_GROUP_EDIT + 1,
    });
    if (messages === 0) throw new AppError("unprocessable", "None of the chosen messages is there any more.");
    if (messages > MAX_GROUP_EDIT) {
      throw new AppError(
        "unprocessable",
        `More than ${MAX_GROUP_EDIT} messages match, which is as many as are changed at once. Narrow the filter.`,
      );
    }
    await tx.audit.append([
      {
        actor,
        action: "group-edit.tried",
        subject: { kind: "group-edit", id },
        queueId,
        detail: { messages, ...namesOf(change) },
      },
    ]);
  });
  return { id };
}

/** Paths and names of a change, without a value: payloads stay out of the audit. */
export function namesOf(change: NewGroupEdit["change"]) {
  return {
    body: change.body.map((step) => ({ path: step.path, ...("set" in step ? { set: true } : { removed: true }) })),
    properties: change.properties.map((step) =>
      "set" in step ? { name: step.name, set: step.set.type } : { name: step.name, removed: true },
    ),
  };
}

function requireJson({ body, properties }: NewGroupEdit["change"]): void {
  for (const step of body) {
    const problem = "set" in step ? findJsonError(step.set) : null;
    if (problem !== null) {
      throw new AppError(
        "invalid-input",
        `The value for ${step.path} is no JSON; a text stands in double quotes. ${problem}`,
        { [`body.${step.path}`]: problem },
      );
    }
  }
  const names = properties.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new AppError("invalid-input", `The property "${twice}" is changed twice.`);
}
