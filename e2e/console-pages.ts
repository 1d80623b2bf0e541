import type { Page } from "@playwright/test";
import { expect } from "./fixtures";

/** Steps through the pages that several specs take, as a person would. */

/** Opens the page of a queue from the overview. */
export async function openQueue(page: Page, name: string): Promise<void> {
  await page.goto("/");
  await page.getByRole("link", { name, exact: true }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
}

/** Opens the first cause with this reason, on the page of its queue. */
export async function openCause(page: Page, reason: string): Promise<void> {
  await page.getByRole("table", { name: "Causes" }).getByRole("link", { name: reason, exact: true }).first().click();
  await expect(page.getByRole("heading", { level: 1, name: reason })).toBeVisible();
}

/** Opens the oldest message of the list that the page shows. */
export async function openOldestMessage(page: Page): Promise<void> {
  await page.getByRole("table", { name: "Dead letters" }).locator("[data-row-link]").first().click();
  await expect(page).toHaveURL(/\/dead-letters\/\d+$/);
  await expect(page.getByRole("heading", { name: "Facts" })).toBeVisible();
}

/** Fills the choices of a replay in and leads to the plan, of all messages if no amount is named. Answers with the replay's id. */
export async function plan(page: Page, choices: { amount?: string; rate?: number }): Promise<string> {
  const dialog = page.getByRole("dialog");
  const amount = choices.amount ? { name: choices.amount, exact: true } : { name: /^all / };
  const radio = dialog.getByRole("group", { name: /^How many/ }).getByRole("radio", amount);
  if (choices.amount || (await radio.count()) > 0) await radio.check();
  if (choices.rate) await dialog.getByLabel("Messages a second, at most").fill(String(choices.rate));
  await dialog.getByRole("button", { name: /^Check the plan for/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Plan: / })).toBeVisible();
  return page.url().split("/").at(-1) ?? "";
}

/** Starts the plan that the page shows. */
export async function start(page: Page, reason: string): Promise<void> {
  await page.getByLabel("Reason").fill(reason);
  await page.getByRole("button", { name: /^Replay \d+ messages? to / }).click();
  await expect(page.getByRole("heading", { level: 1, name: /^Replay of / })).toBeVisible();
}

/** Waits until the replay that the page shows has ended. */
export async function untilCompleted(page: Page): Promise<void> {
  await expect(
    page
      .getByRole("status")
      .filter({ hasText: /^Completed/ })
      .or(page.getByText(/^Completed /)),
  ).toBeVisible({ timeout: 60_000 });
}
