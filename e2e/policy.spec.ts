import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { openQueue } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const QUEUE = "inventory-events/subscriptions/warehouse";
const TARGET = "inventory-events";

/** Changes the policy of the queue, as it stands on the page. */
async function savePolicy(page: Page, reason: string): Promise<void> {
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: "Save the policy" }).click();
  await expect(page.getByText("The policy is changed")).toBeVisible();
}

/** Plans a replay of so many messages, two of them first. Answers with the address of the plan. */
async function planWithCanary(page: Page, count: number): Promise<string> {
  await openQueue(page, QUEUE);
  await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
  const dialog = page.getByRole("dialog");
  await expect(
    dialog.getByText("more than 5 messages are approved by a second person", { exact: false }),
  ).toBeVisible();
  await expect(dialog.getByLabel("Messages a second, at most")).toHaveValue("10");
  await dialog.getByRole("radio", { name: "another number" }).check();
  await dialog.getByLabel("Number of messages").fill(String(count));
  await dialog.getByText("A few first, step by step, a later start").click();
  await dialog.getByLabel("Canary: a few first").check();
  await dialog.getByLabel("Messages of the canary").fill("2");
  await dialog.getByRole("button", { name: `Check the plan for ${count} messages` }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Plan: ${count} messages to ${TARGET}` })).toBeVisible();
  return page.url();
}

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The page as it stands, in both schemes and down to a phone's width. */
async function expectForEveryone(page: Page, where: string): Promise<void> {
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    expect.soft(told, `${where}, ${colorScheme}`).toEqual([]);
  }
  await page.setViewportSize({ width: 390, height: 900 });
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(excess, `${where} at 390 px`).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
}

const ask = (page: Page) => page.getByRole("button", { name: `Ask for approval to replay 12 messages to ${TARGET}` });

test.describe("FEATURE: what is allowed of replays", () => {
  test.setTimeout(120_000);

  test("RULE: a plan over the bound of the policy starts after a second person approved exactly it, and a stop holds it", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await test.step("an administrator gives the queue a policy", async () => {
      await signInAs("admin");
      await openQueue(page, QUEUE);
      await expect(page.getByText("Nothing but the limit of the namespace holds.")).toBeVisible();
      await page.getByRole("link", { name: "Change the policy" }).click();
      await page.getByLabel("Copies a second, at most").fill("10");
      await page.getByLabel("Approval").selectOption({ label: "Approve more than so many messages" });
      await page.getByRole("button", { name: "Save the policy" }).click();
      await expect(page.getByText("the number of messages above which a second person approves")).toBeVisible();
      await page.getByLabel("More than so many messages").fill("5");
      await page.getByLabel("Quiet hours").check();
      await expectForEveryone(page, "policy");
      await page.getByLabel("Quiet hours").uncheck();
      await savePolicy(page, "agreed with the team of the warehouse");
    });

    const declined = await test.step("an operator plans and asks; an approver declines with a reason", async () => {
      await signInAs("operator");
      await page.goto("/");
      const url = await planWithCanary(page, 12);
      await expect(page.getByText("2 messages first", { exact: false })).toBeVisible();
      await ask(page).click();
      await expect(page.getByText("Say in a few words why these messages are replayed.")).toBeVisible();
      await page.getByLabel("Reason").fill("the warehouse takes them again");
      await ask(page).click();
      await expect(page.getByText("It waits for a second person")).toBeVisible();
      await expect(page.getByRole("button", { name: /^Approve/ })).toHaveCount(0);

      await signInAs("approver");
      await page.goto("/");
      await page.getByRole("link", { name: "Replays 1 awaiting approval" }).click();
      await page.getByRole("button", { name: "Show it" }).click();
      await expect(page).toHaveURL(/state=awaiting-approval/);
      await page.getByRole("link", { name: `12 messages of ${QUEUE}` }).click();
      await expect(page.getByText("12 messages are more than 5")).toBeVisible();
      await expectForEveryone(page, "approval");
      const decline = page.getByRole("button", { name: `Decline the replay of 12 messages to ${TARGET}` });
      await decline.click();
      await expect(page.getByText("Say in a few words why it is declined.")).toBeVisible();
      await page.getByLabel("Your reason").fill("not before the count is done");
      await decline.click();
      await expect(page.getByText("not before the count is done")).toBeVisible();
      return url;
    });

    const replay = await test.step("planned again it is approved, and started by the operator", async () => {
      await signInAs("operator");
      await page.goto(declined);
      await expect(
        page
          .getByRole("status")
          .filter({ hasText: "Declined" })
          .or(page.getByText(/^Declined/))
          .first(),
      ).toBeVisible();
      const url = await planWithCanary(page, 12);
      await page.getByLabel("Reason").fill("the count is done");
      await ask(page).click();
      await expect(page.getByText("It waits for a second person")).toBeVisible();
      await signInAs("approver");
      await page.goto(url);
      await page.getByRole("button", { name: `Approve the replay of 12 messages to ${TARGET}` }).click();
      await expect(page.getByText("You may look at this plan, but not start it")).toBeVisible();
      await signInAs("operator");
      await page.goto(url);
      await page.getByRole("button", { name: `Replay 12 messages to ${TARGET}` }).click();
      await expect(page.getByText(/Canary: 2 sent, waiting until .* to see whether they come back/)).toBeVisible({
        timeout: 30_000,
      });
      return url;
    });

    await test.step("a stop is on every page with who and why, and holds the replay until it is lifted", async () => {
      await page.goto("/replays");
      await page.getByRole("button", { name: "Stop all replays…" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Reason").fill("the warehouse is on fire");
      await dialog.getByRole("button", { name: "Stop all replays", exact: true }).click();
      for (const path of ["/", "/audit", replay]) {
        await page.goto(path);
        await expect(page.getByText("All replays are stopped")).toBeVisible();
        await expect(page.getByText(/By Otto Operator .*“the warehouse is on fire”/)).toBeVisible();
      }
      await expect(page.getByText("A stop holds it")).toBeVisible();
      await expectForEveryone(page, "a replay under a stop");
      await page.getByRole("button", { name: "Lift the stop…" }).click();
      await page.getByRole("dialog").getByLabel("Reason").fill("it was a drill");
      await page
        .getByRole("dialog")
        .getByRole("button", { name: /^Let .* go on$/ })
        .click();
      await expect(page.getByText("All replays are stopped")).toHaveCount(0);
      await expect(page.getByText(/Canary: 2 sent, waiting until/)).toBeVisible();
      await page.getByRole("button", { name: "Cancel…" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel it: leave 10 messages unsent" }).click();
      await expect(page.getByText("2 copies of 12 were sent", { exact: false }).first()).toBeVisible();
    });

    await test.step("the audit has every act", async () => {
      const events = page.getByRole("table", { name: /^Events/ });
      await page.goto(replay);
      await page.getByRole("link", { name: "Who did what" }).click();
      await expect(page).toHaveURL(`/audit?replay=${replay.split("/").at(-1)}`);
      for (const sentence of ["planned a replay", "asked for approval", "approved the replay", "started a replay"]) {
        await expect(events.getByText(sentence, { exact: false }).first()).toBeVisible();
      }
      await page.goto("/audit?action=replays.stopped");
      await expect(events.getByText("stopped all replays").first()).toBeVisible();
      await page.goto("/audit?action=policy.changed");
      await expect(events.getByText(/changed the policy of .*: maximum rate, approval/).first()).toBeVisible();
    });

    await test.step("the policy is taken back", async () => {
      await signInAs("admin");
      await openQueue(page, QUEUE);
      await page.getByRole("link", { name: "Change the policy" }).click();
      await page.getByLabel("Copies a second, at most").fill("");
      await page.getByLabel("Approval").selectOption({ label: "Nobody need approve" });
      await savePolicy(page, "the trial is over");
    });
    expect(complaints).toEqual([]);
  });

  test("RULE: a policy is read by everyone and changed by administrators", async ({ page, signInAs }) => {
    await signInAs("viewer");
    await openQueue(page, QUEUE);
    await page.getByRole("link", { name: "See the policy" }).click();
    await expect(page.getByText("You may look at this policy, but not change it")).toBeVisible();
    await expect(page.getByLabel("Copies a second, at most")).toBeDisabled();
    await expect(page.getByRole("button", { name: "Save the policy" })).toHaveCount(0);
  });
});
