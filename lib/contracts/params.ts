import * as z from "zod";
import { decimalId, queueId } from "./common";

/** What stands in the path of an API route. */
export const queueParams = z.object({ id: queueId });
export const causeParams = z.object({ id: decimalId });
export const deadLetterParams = z.object({ id: decimalId });
export const replayParams = z.object({ id: z.uuid() });
