import { openCause, openQueue } from "./console-pages";
import { expect, test } from "./fixtures";

test.describe("FEATURE: keyboard", () => {
  test.beforeEach(async ({ signInAs }) => signInAs("operator"));

  test("RULE: j and k move, Enter opens, from the overview down to a message", async ({ page }) => {
    await page.goto("/");
    await expect(page.locator("[data-row]").first()).toBeVisible();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await expect(page.locator("[data-row-link]").first()).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/queues\/\d+$/);
    await expect(page.getByRole("table", { name: "Causes" })).toBeVisible();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL(/\/causes\/\d+/);
  });

  test("RULE: x selects, r plans what is selected, Escape goes back without a trace", async ({ page }) => {
    await openQueue(page, "notifications");
    await openCause(page, "TemplateNotFound");
    await expect(page.locator("[data-row]").first()).toBeVisible();
    for (const key of ["j", "x", "j", "x"]) await page.keyboard.press(key);
    await expect(page.getByRole("status").filter({ hasText: "2 messages selected" })).toBeVisible();
    await page.keyboard.press("r");
    await expect(page.getByRole("dialog")).toContainText("2 messages are selected.");
    await expect(page.getByLabel("Messages a second, at most")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(page.locator("[data-row-link]").nth(1)).toBeFocused();
    await expect(page.getByRole("status").filter({ hasText: "2 messages selected" })).toBeVisible();
  });

  test("RULE: the new page's content has the focus, so that a replay is planned and started without a mouse", async ({
    page,
  }) => {
    await openQueue(page, "notifications");
    await openCause(page, "TemplateNotFound");
    await expect(page.locator("[data-row]").first()).toBeVisible();
    for (const key of ["j", "x", "r"]) await page.keyboard.press(key);
    await expect(page.getByRole("button", { name: "Check the plan for 1 message" })).toBeEnabled();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { level: 1, name: "Plan: 1 message to notifications" })).toBeVisible();
    await expect(page.getByRole("main")).toBeFocused();
    const reason = page.getByLabel("Reason");
    for (
      let pressed = 0;
      pressed < 5 && !(await reason.evaluate((field) => field === document.activeElement));
      pressed++
    )
      await page.keyboard.press("Tab");
    await expect(reason).toBeFocused();
    await page.keyboard.type("tried by keyboard");
    for (const key of ["Tab", "Tab"]) await page.keyboard.press(key);
    await expect(page.getByRole("button", { name: "Replay 1 message to notifications" })).toBeFocused();
    await page.getByRole("button", { name: "Drop the plan" }).press("Enter");
    await expect(page.getByText(/^Cancelled/)).toBeVisible();
  });

  test("RULE: e edits the message that is open", async ({ page }) => {
    await openQueue(page, "notifications");
    await openCause(page, "TemplateNotFound");
    await page.locator("[data-row-link]").first().click();
    await expect(page.getByRole("button", { name: "Edit", exact: true })).toBeVisible();
    await page.keyboard.press("e");
    await expect(page.getByRole("textbox", { name: "Corrected body" })).toBeFocused();
  });

  test("RULE: the palette leads anywhere by a few letters", async ({ page }) => {
    await page.goto("/");
    await page.keyboard.press("ControlOrMeta+k");
    await page.getByRole("combobox").fill("warehouse");
    await expect(page.getByRole("option").first()).toContainText("inventory-events/subscriptions/warehouse");
    await page.keyboard.press("Enter");
    await expect(
      page.getByRole("heading", { level: 1, name: "inventory-events/subscriptions/warehouse" }),
    ).toBeVisible();
  });

  test("RULE: / goes to the filter, ? tells the keys, and single keys can be turned off", async ({ page }) => {
    await page.goto("/");
    await page.keyboard.press("/");
    await expect(page.getByLabel("Filter queues")).toBeFocused();
    await page.keyboard.type("payments");
    await expect(page).toHaveURL(/q=payments/);
    await expect(page.locator("[data-row]")).toHaveCount(1);
    await page.keyboard.press("Tab");
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByRole("checkbox").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("?");
    await expect(page.getByRole("dialog")).toBeHidden();
  });
});
