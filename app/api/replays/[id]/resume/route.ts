import { replayParams } from "@/lib/contracts/params";
import { apiHandler } from "@/lib/server/api-handler";
import { resumeReplay } from "@/lib/usecases/replays/resume-replay";

export const POST = apiHandler("replays.control", { params: replayParams }, ({ store, actor, params }) =>
  resumeReplay({ store, actor }, params),
);
