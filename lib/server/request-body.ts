import { AppError } from "@/lib/domain/app-error";

/** Bytes of a request body at most: a whole edited message in Base64, with room to spare. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;

/**
 * Reads a JSON body. Stops reading at the limit, whatever Content-Length claims. Throws "invalid-input" for another
 * content type or for what is no JSON, "too-large" past the limit.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") {
    throw new AppError("invalid-input", "The request must be sent as application/json.");
  }
  const bytes = await readBytes(request, MAX_BODY_BYTES);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw new AppError("invalid-input", "The request is not valid JSON in UTF-8.");
  }
}

/** Reads a body up to a limit. Throws "too-large" past it. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const tooLarge = new AppError("too-large", `The request is larger than ${limit} bytes.`);
  if (Number(request.headers.get("content-length") ?? 0) > limit) throw tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.byteLength;
    if (size > limit) throw tooLarge;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
