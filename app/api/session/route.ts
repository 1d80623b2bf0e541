import { apiHandler } from "@/lib/server/api-handler";
import { sessionView } from "@/lib/server/session";

export const GET = apiHandler("signed-in", {}, async ({ session }) => sessionView(session));
