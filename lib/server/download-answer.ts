import { AppError } from "@/lib/domain/app-error";
import { describeFailure } from "./describe-failure";
import { log } from "./log";

/** Downloads of one web process at a time: each holds a piece in memory and asks the database again and again. */
const MOST_AT_ONCE = 4;
let underWay = 0;

interface Download {
  readonly id: string;
  readonly pieces: AsyncGenerator<string, void, undefined>;
}

/**
 * Answers with a file that is made while it is fetched: the next piece is read when the last one has been taken, and none after the reader has gone.
 * A failure in the middle breaks the connection off, so that half a file is never taken for a whole one. Throws `AppError` "too-many-requests"
 * before `begin` is called.
 */
export async function downloadAnswer<T extends Download>(
  begin: () => Promise<T>,
  headersOf: (download: T) => Readonly<Record<string, string>>,
): Promise<Response> {
  if (underWay >= MOST_AT_ONCE) {
    throw new AppError(
      "too-many-requests",
      `${MOST_AT_ONCE} downloads are under way, as many as there may be at once. Try again when one has ended.`,
    );
  }
  underWay += 1;
  let ended = false;
  const end = () => {
    if (!ended) underWay -= 1;
    ended = true;
  };
  try {
    const download = await begin();
    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { done, value } = await download.pieces.next();
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
