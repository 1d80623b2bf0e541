import { AppError } from "@/lib/domain/app-error";
import { configuration } from "./configuration";

/**
 * Refuses what another site makes the browser ask (CSRF). Browsers say so in Sec-Fetch-Site; older ones, and clients
 * that are no browser, must name our own address as Origin before they may change anything. Throws "forbidden".
 */
export function checkOrigin(request: Request, reading: boolean): void {
  const site = request.headers.get("sec-fetch-site");
  if (site === "same-origin" || (reading && (site === null || site === "none"))) return;
  const origin = request.headers.get("origin");
  if (site === null && origin === new URL(configuration().auth.url).origin) return;
  throw new AppError(
    "forbidden",
    "The request came from another site than this console and was refused. Nothing was changed.",
  );
}
