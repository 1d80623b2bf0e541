import { AppError } from "@/lib/domain/app-error";
import { describeFailure } from "./describe-failure";
import { log } from "./log";

/** Downloads of one web process at a time: each holds a piece in memory and asks the database again and again. */
const MOST_AT_ONCE = 4;
/** A reader that takes nothing for so long is taken for gone, ms. */
const IDLE_MS = 60_000;

const KEY = Symbol.for("dlq-console.downloads");
/** On the global object: each route that is built may have this module to itself. */
const processWide = globalThis as { [KEY]?: { underWay: number } };
processWide[KEY] ??= { underWay: 0 };
const downloads = processWide[KEY];

interface Download {
  readonly id: string;
  readonly pieces: AsyncGenerator<string, void, undefined>;
}

/** Throws `AppError` "too-many-requests" while as many downloads are under way as there may be at once. */
export function requireRoom(): void {
  if (downloads.underWay < MOST_AT_ONCE) return;
  throw new AppError(
    "too-many-requests",
    `${MOST_AT_ONCE} downloads are under way, as many as there may be at once. Try again when one has ended.`,
  );
}

/**
 * Answers with a file that is made while it is fetched: the next piece is read when the last one has been taken, and none after the reader has gone.
 * A failure in the middle breaks the connection off, so that half a file is never taken for a whole one. Throws `AppError` "too-many-requests"
 * before `begin` is called. `idleMs`: a reader that takes nothing for so long is broken off and makes room.
 */
export async function downloadAnswer<T extends Download>(
  begin: () => Promise<T>,
  headersOf: (download: T) => Readonly<Record<string, string>>,
  idleMs = IDLE_MS,
): Promise<Response> {
  requireRoom();
  downloads.underWay += 1;
  let ended = false;
  let idle: NodeJS.Timeout | undefined;
  const end = () => {
    if (!ended) downloads.underWay -= 1;
    ended = true;
    clearTimeout(idle);
  };
  try {
    const download = await begin();
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        start(controller) {
          idle = setTimeout(() => {
            end();
            controller.error(new Error("nobody took the download"));
            void download.pieces.return();
          }, idleMs).unref();
        },
        async pull(controller) {
          try {
            const { done, value } = await download.pieces.next();
            if (ended) return;
            idle?.refresh();
            if (!done) return controller.enqueue(encoder.encode(value));
            end();
            controller.close();
          } catch (error) {
            end();
            log().error({ download: download.id, ...describeFailure(error).log }, "a download was broken off");
            controller.error(error);
          }
        },
        async cancel() {
          end();
          await download.pieces.return();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { ...headersOf(download), "X-Content-Type-Options": "nosniff" } });
  } catch (error) {
    end();
    throw error;
  }
}
