import { expect, it } from "vitest";
import { eventually } from "@/lib/testing/eventually";
import { downloadAnswer } from "./download-answer";

/** Pieces that say how many were read, and whether the reading was ended. */
function download(pieces: readonly (string | Error)[]) {
  const seen = { read: 0, ended: false };
  async function* read() {
    try {
      for (const piece of pieces) {
        seen.read += 1;
        if (piece instanceof Error) throw piece;
        yield piece;
      }
    } finally {
      seen.ended = true;
    }
  }
  const answer = (idleMs?: number) =>
    downloadAnswer(
      async () => ({ id: "a", pieces: read() }),
      () => ({ "Content-Type": "text/csv" }),
      idleMs,
    );
  return { seen, answer };
}

it("reads a piece when the last one has been taken, not before", async () => {
  const { seen, answer } = download(["one", "two"]);
  const response = await answer();
  expect(seen.read).toBe(0);
  expect(await response.text()).toBe("onetwo");
  expect(response.headers.get("content-type")).toBe("text/csv");
  expect(seen).toEqual({ read: 2, ended: true });
});

it("breaks off when a piece cannot be read: half a file is not taken for a whole one", async () => {
  const { answer } = download(["one", new Error("the database is away")]);
  await expect((await answer()).text()).rejects.toThrow();
});

it("ends the reading when the reader goes", async () => {
  const { seen, answer } = download(["one", "two", "three"]);
  const reader = (await answer()).body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(seen).toEqual({ read: 1, ended: true });
});

it("breaks a download off that nobody takes, and makes room", async () => {
  const left = await Promise.all(Array.from({ length: 4 }, () => download(["one"]).answer(1)));
  const next = await eventually("room", () =>
    download(["one"])
      .answer()
      .catch(() => null),
  );
  expect(await next.text()).toBe("one");
  for (const response of left) await expect(response.text()).rejects.toThrow("nobody took");
});

it("lets four be under way at once; each that ends, fails or is left makes room", async () => {
  const held = await Promise.all(Array.from({ length: 4 }, () => download(["one"]).answer()));
  await expect(download(["one"]).answer()).rejects.toMatchObject({ code: "too-many-requests" });
  await held[0]?.text();
  await held[1]?.body?.cancel();
  for (let n = 0; n < 3; n++) {
    await expect(
      downloadAnswer(
        () => Promise.reject(new Error("refused")),
        () => ({}),
      ),
    ).rejects.toThrow("refused");
  }
  const again = [await download(["one"]).answer(), await download(["one"]).answer()];
  await expect(download(["one"]).answer()).rejects.toMatchObject({ code: "too-many-requests" });
  for (const response of [...held.slice(2), ...again]) await response.text();
});
