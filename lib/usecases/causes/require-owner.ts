import { AppError } from "@/lib/domain/app-error";
import type { StoreScope } from "@/lib/store/ports";

/** Roles whose people may look after a cause or a reason. */
export const OWNER_ROLES: readonly string[] = ["operator", "approver", "admin"];

/** A person who may look after a cause or a reason. Throws "invalid-input". */
export async function requireOwner(
  tx: StoreScope,
  id: string,
  owned: "cause" | "reason",
): Promise<{ readonly id: string; readonly name: string }> {
  const owner = (await tx.causes.possibleOwners(OWNER_ROLES)).find((person) => person.id === id);
  if (owner !== undefined) return owner;
  throw new AppError("invalid-input", `That person cannot own a ${owned}: they are unknown, disabled or only read.`, {
    ownerId: "not an operator, approver or admin",
  });
}
