import * as z from "zod";
import { PERMISSIONS, ROLES } from "@/lib/domain/permissions";

/** Who is signed in and what they may do, as the pages need it. */
export const sessionView = z.object({
  person: z.object({ id: z.uuid(), name: z.string(), email: z.string().nullable() }),
  roles: z.array(z.enum(ROLES)),
  permissions: z.array(z.enum(PERMISSIONS)),
});
export type SessionView = z.infer<typeof sessionView>;
