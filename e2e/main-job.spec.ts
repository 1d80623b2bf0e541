import type { Locator, Page } from "@playwright/test";
import { openCause, openOldestMessage, openQueue, plan, start, untilCompleted } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const RATE = 20;
/** What may pass in one second of the clock at most: the rate, a permit's life of 250 ms, and the time of a send, on top of a burst of one. */
const MOST_IN_A_SECOND = RATE * 1.5 + 1;

test.describe("FEATURE: the main job, from the worst queue to a smaller one", () => {
  test.setTimeout(240_000);

  test("RULE: what still fails comes back and is marked; what is mended does not; every step is in the audit", async ({
    page,
    signInAs,
    deployFix,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");

    await test.step("the worst queue stands first, and its main cause first in it", async () => {
      await page.goto("/");
      const worst = page
        .getByRole("table", { name: /worst first/ })
        .locator("[data-row-link]")
        .first();
      await expect(worst).toHaveText("orders");
      await worst.click();
      const causes = page.getByRole("table", { name: "Causes" });
      await expect(causes.locator("[data-row-link]").first()).toHaveText("ValidationFailed");
      await openCause(page, "ValidationFailed");
    });
    const causePage = page.url();

    await test.step("a payload is read and its missing field filled in", async () => {
      await openOldestMessage(page);
      await expect(page.getByLabel("Payload", { exact: true })).toContainText("order.created");
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      const editor = page.getByRole("textbox", { name: "Corrected body" });
      await expect(editor).toContainText('"customer"');
      await replaceInEditor(page, editor, '"customer": {', '"customer": {"email": "till@mail.example",');
      await page.getByRole("button", { name: "Save the correction" }).click();
      await expect(page.getByText("Correction 1 by Otto Operator")).toBeVisible();
    });

    let total = 0;
    const first = await test.step("the plan says what will happen, and is started with a reason", async () => {
      await page.goto(causePage);
      const button = page.getByRole("button", { name: /^Replay \d+ messages…$/ });
      await button.click();
      const id = await plan(page, { rate: RATE });
      // Live traffic may have added one since the button was drawn: the plan's own set is what counts.
      const heading = await page.getByRole("heading", { level: 1 }).textContent();
      total = Number(heading?.match(/\d+/)?.[0]);
      expect(total).toBeGreaterThan(20);
      await expect(page.getByText(`${total} copies go to orders`)).toBeVisible();
      await expect(page.getByText(/1 copy carries its saved correction/)).toBeVisible();
      await expect(page.getByText(/Message ids: /)).toBeVisible();
      await start(page, "The till's orders carry an address now; one is mended by hand");
      return id;
    });

    await test.step("the rate is kept", async () => {
      await untilCompleted(page);
      await expect(page.getByText("Corrected", { exact: true })).toBeVisible();
      await expect(page.getByText(`${total} copies of ${total} were sent to orders.`)).toBeVisible();
      const detail = await (await page.request.get(`/api/replays/${first}`)).json();
      const sends: { sent: number }[] = detail.sends;
      expect(sends.reduce((sum, { sent }) => sum + sent, 0)).toBe(total);
      expect(Math.max(...sends.map(({ sent }) => sent))).toBeLessThanOrEqual(MOST_IN_A_SECOND);
      await expect(page.getByRole("img", { name: /with a limit of 20/ })).toBeVisible();
    });

    await test.step("the ones that still fail come back and are marked; the mended one does not", async () => {
      await expect(page.getByText(`${total - 1} copies came back dead`)).toBeVisible({ timeout: 60_000 });
      await page.getByLabel("Outcome").selectOption({ label: "outcome unknown" });
      const items = page.getByRole("table", { name: "Messages of this replay" });
      await expect(items.getByRole("row").filter({ hasText: "corrected" })).toBeVisible();
      await page.getByRole("link", { name: "See what came back" }).click();
      await expect(page).toHaveURL(/returned=yes/);
      await expect(page.getByText(`${total - 1} messages`, { exact: true })).toBeVisible();
      await expect(page.getByText("came back").first()).toBeVisible();
    });

    await test.step("a returned copy keeps the age of its first copy", async () => {
      await page.goto("/");
      const row = page.getByRole("row").filter({ has: page.getByRole("link", { name: "orders", exact: true }) });
      await expect(row.locator("time").first()).toContainText("d");
    });

    await deployFix("order-intake");

    const second = await test.step("with the fix deployed, these are replayed and stay away", async () => {
      await openQueue(page, "orders");
      await openCause(page, "ValidationFailed");
      await page.getByLabel("Came back from a replay").selectOption("yes");
      await page.getByRole("checkbox", { name: /^Select the \d+ rows/ }).check();
      await expect(page.getByRole("status").filter({ hasText: `${total - 1} messages selected` })).toBeVisible();
      await page
        .getByRole("region", { name: "Selection" })
        .getByRole("button", { name: /^Replay/ })
        .click();
      const id = await plan(page, { rate: RATE });
      await start(page, "order-intake is fixed");
      await untilCompleted(page);
      await expect(page.getByText("Corrected", { exact: true }), "nothing of it was corrected").toHaveCount(0);
      return id;
    });

    await test.step("the dead-letter queue shrinks", async () => {
      await page.goto(`${causePage}?returned=yes`);
      await expect(page.getByText("No message fits")).toBeVisible({ timeout: 60_000 });
      const cause = await (await page.request.get(`/api/causes/${causePage.split("/").at(-1)}`)).json();
      expect(cause.cause.count).toBeLessThan(total / 4);
      const detail = await (await page.request.get(`/api/replays/${second}`)).json();
      expect(detail.replay.outcomes.returned).toBe(0);
    });

    await test.step("every step is in the audit", async () => {
      const events = page.getByRole("table", { name: /^Events/ });
      for (const [replay, sentences] of [
        [first, ["planned a replay", "started a replay", "completed a replay", "come back dead"]],
        [second, ["planned a replay", "started a replay", "completed a replay"]],
      ] as const) {
        await page.goto(`/audit?replay=${replay}`);
        for (const sentence of sentences) await expect(events.getByText(sentence).first()).toBeVisible();
      }
      await expect(page.getByText("“order-intake is fixed”")).toBeVisible();
      await page.goto("/audit?actor=Otto");
      await expect(page.getByText(/looked at the payload of a message of orders/).first()).toBeVisible();
      await expect(page.getByText(/saved correction 1 of a message of orders: the body/).first()).toBeVisible();
    });

    expect(complaints).toEqual([]);
  });
});

/** Replaces a text in a CodeMirror editor by its own search panel. */
async function replaceInEditor(page: Page, editor: Locator, what: string, by: string): Promise<void> {
  await expect(editor).toContainText(what);
  await editor.press("ControlOrMeta+f");
  const panel = page.locator(".cm-search");
  await panel.getByPlaceholder("Find").fill(what);
  await panel.getByPlaceholder("Replace").fill(by);
  await panel.getByRole("button", { name: "replace all" }).click();
  await panel.getByRole("button", { name: "close" }).click();
  await expect(editor).toContainText(by);
}
