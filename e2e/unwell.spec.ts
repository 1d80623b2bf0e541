import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { openQueue, plan, start, untilCompleted } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const QUEUE = "payments";
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

async function giveHealthAddress(page: Page, address: string): Promise<void> {
  await openQueue(page, QUEUE);
  await page.getByRole("link", { name: "Change the policy" }).click();
  await page.getByLabel("Health address").fill(address);
  await page.getByLabel("Reason").fill("it knows best whether it bears more");
  await page.getByRole("button", { name: "Save the policy" }).click();
  await expect(page.getByText("The policy is changed")).toBeVisible();
}

async function expectForEveryone(page: Page): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
    expect.soft(told, colorScheme).toEqual([]);
  }
}

test.describe("FEATURE: a replay whose consumer is not well", () => {
  test.setTimeout(120_000);

  test("RULE: it says what it waits for and sends nothing; who knows better lets it go on, with a reason that is kept", async ({
    page,
    signInAs,
    deployFix,
    consumer,
    accepted,
  }) => {
    const complaints = watchPage(page);
    // What is sent is taken, so that nothing but the health address holds the replay.
    await deployFix("payment-capture");
    await signInAs("admin");
    await giveHealthAddress(page, consumer.healthUrl);
    const waits = page.getByText("It waits for its consumer: nothing is sent");
    const items = async (id: string) => {
      const listed = await (await page.request.get(`/api/replays/${id}/items`)).json();
      return listed.items as { state: string; messageId: string; sentMessageId: string | null }[];
    };

    await consumer.answer(503);
    await signInAs("operator");
    await openQueue(page, QUEUE);
    await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
    const id = await plan(page, { amount: "5" });
    const begun = Date.now();

    await test.step("it is asked again and again, and as long as it is not well no copy reaches the broker", async () => {
      await start(page, "the payments are taken again");
      await expect(waits).toBeVisible({ timeout: 30_000 });
      await expect(page.getByText("The consumer's health check fails: it answers 503.")).toBeVisible();
      const asked = await consumer.asked();
      await expect.poll(consumer.asked, { timeout: 30_000 }).toBeGreaterThan(asked + 1);
      const waiting = await items(id);
      expect(waiting.map(({ state, sentMessageId }) => [state, sentMessageId])).toEqual(
        Array(5).fill(["planned", null]),
      );
      const ids = waiting.map(({ messageId }) => messageId);
      expect(await accepted(QUEUE, begun, ids)).toEqual([0, 0, 0, 0, 0]);
      await expectForEveryone(page);
    });

    await test.step("who may not act reads what it waits for, and has no choice", async () => {
      const replay = page.url();
      await signInAs("viewer");
      await page.goto(replay);
      await expect(waits).toBeVisible();
      await expect(page.getByRole("button", { name: "Go on all the same…" })).toHaveCount(0);
      await signInAs("operator");
      await page.goto(replay);
    });

    await test.step("the decision takes words; then it is sent, though the consumer still says it is not well", async () => {
      await page.getByRole("button", { name: "Go on all the same…" }).click();
      const dialog = page.getByRole("dialog");
      await expect(dialog.getByText("Copies that come back dead still stop it.", { exact: false })).toBeVisible();
      await dialog.getByRole("button", { name: "Go on", exact: true }).click();
      await expect(dialog.getByText("Say in a few words why it may go on.")).toBeVisible();
      await dialog.getByLabel("Reason").fill("its health page is being rebuilt");
      await dialog.getByRole("button", { name: "Go on", exact: true }).click();
      await expect(dialog).toHaveCount(0);
      await untilCompleted(page);
      await expect(waits).toHaveCount(0);
      const ids = (await items(id)).map(({ sentMessageId }) => sentMessageId ?? "none");
      expect(await accepted(QUEUE, begun, ids)).toEqual([1, 1, 1, 1, 1]);
    });

    await test.step("the audit has who decided it and why", async () => {
      await page.goto(`/audit?action=replay.went-on-regardless&replay=${id}`);
      const events = page.getByRole("table", { name: /^Events/ });
      await expect(events.getByText(/let a replay.* go on although its consumer was not well/)).toHaveCount(1);
      await expect(events.getByText("Otto Operator").first()).toBeVisible();
      await expect(events.getByText("its health page is being rebuilt").first()).toBeVisible();
    });

    // The address stays with the queue: it answers that the consumer is well from here on.
    expect(complaints).toEqual([]);
  });
});
