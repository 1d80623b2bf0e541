import { openCause, openQueue, untilCompleted } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

test.describe("FEATURE: discard and restore", () => {
  test.setTimeout(120_000);

  test("RULE: what is discarded leaves the queue with an archive copy, and comes back to its queue by a restore", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");
    await openQueue(page, "shipments");
    await openCause(page, "System.NullReferenceException");

    await test.step("the plan says that nothing is sent, and what is kept", async () => {
      await page.getByRole("button", { name: "Discard…" }).click();
      const dialog = page.getByRole("dialog", { name: "Discard messages" });
      await dialog.getByRole("radio", { name: "5", exact: true }).check();
      await dialog.getByRole("button", { name: "Check the discard of 5 messages" }).click();
      await expect(
        page.getByRole("heading", { level: 1, name: "Plan: discard 5 messages of shipments" }),
      ).toBeVisible();
      await expect(page.getByText("Nothing is sent.", { exact: true })).toBeVisible();
      await expect(page.getByText(/An archive copy of each message, byte for byte/)).toBeVisible();
    });

    await test.step("it asks for a reason, then archives and removes", async () => {
      await page.getByRole("button", { name: "Discard 5 messages of shipments" }).click();
      await expect(page.getByText("Say in a few words why these messages are discarded.")).toBeVisible();
      await page.getByLabel("Reason").fill("Test traffic of last week");
      await page.getByRole("button", { name: "Discard 5 messages of shipments" }).click();
      await untilCompleted(page);
      await expect(
        page.getByText("5 messages of 5 were archived and taken out of the dead-letter queue."),
      ).toBeVisible();
      await expect(page.getByRole("table", { name: "Messages of this discard" }).getByText("discarded")).toHaveCount(5);
    });

    await test.step("a restore sends them from the archive", async () => {
      await page.getByRole("button", { name: "Restore 5 messages…" }).click();
      const dialog = page.getByRole("dialog", { name: "Restore to shipments" });
      await dialog.getByRole("radio", { name: "all 5" }).check();
      await dialog.getByRole("button", { name: "Check the plan for 5 messages" }).click();
      await expect(
        page.getByRole("heading", { level: 1, name: "Plan: restore 5 messages to shipments" }),
      ).toBeVisible();
      await page.getByLabel("Reason").fill("It was no test traffic");
      await page.getByRole("button", { name: "Restore 5 messages to shipments" }).click();
      await untilCompleted(page);
      await expect(page.getByText("5 copies of 5 were sent to shipments.")).toBeVisible();
    });

    await test.step("the audit tells both", async () => {
      await page.goto("/audit?action=replay.started");
      await expect(page.getByText(/started a discard of 5 messages/).first()).toBeVisible();
      await expect(page.getByText(/started a restore of 5 messages/).first()).toBeVisible();
    });
    expect(complaints).toEqual([]);
  });

  test("RULE: a viewer may not discard", async ({ page, signInAs }) => {
    await signInAs("viewer");
    await openQueue(page, "shipments");
    await page.getByRole("table", { name: "Causes" }).locator("[data-row-link]").first().click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    await expect(page.getByRole("button", { name: "Discard…" })).toHaveCount(0);
  });
});
