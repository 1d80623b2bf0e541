import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { openQueue } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const list = (page: Page) => page.getByRole("table", { name: "Dead letters" });

async function openMessages(page: Page): Promise<void> {
  await openQueue(page, "notifications");
  await page.getByRole("link", { name: "All messages" }).click();
  await expect(list(page)).toBeVisible();
}

async function expectAccessible(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"])
    .analyze();
  expect
    .soft(
      violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`),
      where,
    )
    .toEqual([]);
}

test.describe("FEATURE: what a filter chooses is exported and edited as a whole", () => {
  test.setTimeout(120_000);

  test("RULE: an export is one file of everything that matches, with payloads when that is asked, and in the audit", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");
    await openMessages(page);
    await page.getByRole("button", { name: "Export…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("With description, properties and body").check();
    await expectAccessible(page, "export");
    const act = dialog.getByRole("button", { name: /^Export \d/ });
    await test.step("refused, it says why, and the choices stand", async () => {
      const message = "4 downloads are under way, as many as there may be at once. Try again when one has ended.";
      const fields = { q: "At character 7: a value is missing here." };
      for (const { status, error } of [
        { status: 429, error: { code: "too-many-requests", message } },
        { status: 400, error: { code: "invalid-input", message: "The address cannot be used.", fields } },
      ]) {
        await page.route("**/api/exports/check?*", (route) => route.fulfill({ status, json: { error } }), { times: 1 });
        await act.click();
        await expect(dialog.getByText("Nothing was exported")).toBeVisible();
        await expect(dialog.getByText(error.message)).toBeVisible();
      }
      await expect(dialog.getByText(fields.q)).toBeVisible();
      await expectAccessible(page, "refused export");
    });
    const download = page.waitForEvent("download");
    await act.click();
    const lines = readFileSync(await (await download).path(), "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { queue: string; body: string | null });
    expect(lines.length).toBeGreaterThan(1);
    expect(lines.every(({ queue, body }) => queue === "notifications" && body !== undefined)).toBe(true);
    await page.goto("/audit?action=messages.exported");
    await expect(page.getByText(/exported .* with their payloads as JSON lines/).first()).toBeVisible();
    expect(complaints).toEqual([]);
  });

  test("RULE: one change is tried on all that match before it is saved for a reason; each message then has its correction", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");
    await openMessages(page);
    await list(page).getByRole("checkbox").nth(1).check();
    const bar = page.getByRole("region", { name: "Selection" });
    await bar.getByRole("button", { name: /^Select all/ }).click();

    await test.step("the change is said", async () => {
      await bar.getByRole("button", { name: "Edit…" }).click();
      const dialog = page.getByRole("dialog", { name: /^Change .* messages$/ });
      await dialog.getByLabel("Path").fill("data.template");
      await dialog.getByLabel("Value").fill('"order_sent"');
      await expectAccessible(page, "change");
      await dialog.getByRole("button", { name: /^Try it on/ }).click();
    });

    await test.step("it is tried, and nothing is saved", async () => {
      await expect(page.getByText("tried, nothing saved")).toBeVisible({ timeout: 30_000 });
      await page.getByRole("button", { name: "Look at the first before and after" }).click();
      await expect(page.getByRole("textbox", { name: "Body before" }).first()).toBeVisible();
      await expectAccessible(page, "tried");
    });

    await test.step("it is saved for a reason", async () => {
      await page.getByLabel("Reason").fill("The template was renamed");
      await page.getByRole("button", { name: /^Save .* corrections$/ }).click();
      await expect(page.getByText("saved", { exact: true })).toBeVisible({ timeout: 60_000 });
      await expect(page.getByText("Reason: The template was renamed")).toBeVisible();
    });

    await test.step("a message shows its correction, the audit who had it saved", async () => {
      await openMessages(page);
      await page.getByLabel("Filter", { exact: true }).fill("edited = yes");
      await page.keyboard.press("Enter");
      await list(page).locator("[data-row-link]").first().click();
      await expect(page.getByText(/^Correction 1 by /)).toBeVisible();
      await page.goto("/audit?action=group-edit.saved");
      await expect(page.getByText(/had a change of .* messages of notifications saved/).first()).toBeVisible();
    });
    expect(complaints).toEqual([]);
  });

  test("RULE: a viewer exports facts alone, and edits nothing", async ({ page, signInAs }) => {
    await signInAs("viewer");
    await openMessages(page);
    await page.getByRole("button", { name: "Export…" }).click();
    await expect(
      page.getByText("Your roles may not see payloads: the file holds the facts of each message."),
    ).toBeVisible();
    const id = page.url().split("/queues/")[1]?.split("/")[0];
    expect((await page.request.get(`/api/exports?queue=${id}&content=payloads`)).status()).toBe(403);
    expect((await page.request.get(`/api/exports?queue=${id}`)).status()).toBe(200);
    expect((await page.request.head(`/api/exports?queue=${id}`)).status()).toBe(405);
    await expect(page.getByRole("checkbox", { name: /^Select/ })).toHaveCount(0);
    await page.goto(`/api/exports?queue=${id}&content=payloads`);
    await expect(page.getByText("Your roles may not see payloads: export the facts")).toBeVisible();
  });
});
