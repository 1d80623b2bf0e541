import * as z from "zod";
import { decimalId, queueId } from "./common";

/** What stands in the path of an API route. */
export const queueParams = z.object({ id: queueId });
export const causeParams = z.object({ id: decimalId });
export const deadLetterParams = z.object({ id: decimalId });
/** Number of a stop of replays. */
export const stopParams = z.object({ id: z.coerce.number().int().positive().max(2_147_483_647) });
export const savedFilterParams = z.object({ id: z.uuid() });
export const confirmTokenParams = z.object({ id: z.uuid() });
export const replayParams = z.object({ id: z.uuid() });
