import AxeBuilder from "@axe-core/playwright";
import { openCause, openQueue } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

test.describe("FEATURE: work on causes", () => {
  test("RULE: an operator says what a cause is and who looks after it, and everybody sees it", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");
    await openQueue(page, "github-webhooks");
    await openCause(page, "UnsupportedEvent");
    const queuePage = page.getByRole("link", { name: "github-webhooks", exact: true });

    await test.step("state and owner are one choice each", async () => {
      await page.getByLabel("State", { exact: true }).selectOption("acknowledged");
      await expect(page.getByText("acknowledged", { exact: true }).first()).toBeVisible();
      await page.getByRole("button", { name: "Take it" }).click();
      await expect(page.getByRole("button", { name: "Take it" })).toBeHidden();
      await expect(page.getByLabel("Owner", { exact: true })).toHaveValue(/^[0-9a-f-]{36}$/);
    });

    await test.step("a comment, a runbook and a name are kept", async () => {
      await page.getByLabel("Your comment", { exact: true }).fill("A new kind of event.\n<b>not markup</b>");
      await page.getByRole("button", { name: "Add the comment" }).click();
      await expect(page.getByText("<b>not markup</b>")).toBeVisible();
      await page.getByRole("button", { name: "Write one" }).first().click();
      await page.getByLabel("For this cause").fill("See https://wiki.example/webhooks first");
      await page.getByRole("button", { name: "Save it" }).click();
      await expect(page.getByRole("link", { name: "https://wiki.example/webhooks" })).toHaveAttribute(
        "rel",
        /noopener/,
      );
      await page.getByRole("button", { name: "More to do with this cause" }).click();
      await page.getByRole("menuitem", { name: "Give it a name…" }).click();
      await page.getByLabel("Name", { exact: true }).fill("Events nobody asked for");
      await page.getByRole("button", { name: "Save the name" }).click();
      await expect(page.getByRole("heading", { level: 1, name: "Events nobody asked for" })).toBeVisible();
    });

    await test.step("the queue shows name, state and owner, and filters by them", async () => {
      await queuePage.click();
      const causes = page.getByRole("table", { name: "Causes" });
      const row = causes.getByRole("row").filter({ hasText: "Events nobody asked for" });
      await expect(row).toContainText("acknowledged");
      await expect(row).toContainText("Otto Operator");
      await page.getByLabel("State", { exact: true }).selectOption("resolved");
      await expect(page.getByText("No cause fits the filter")).toBeVisible();
      await page.getByLabel("State", { exact: true }).selectOption("acknowledged");
      await expect(causes.locator("[data-row-link]")).toHaveText(["Events nobody asked for"]);
    });

    await test.step("an auditor finds who said it", async () => {
      await page.goto("/audit?action=cause.changed");
      await expect(page.getByText(/changed the owner of the cause/).first()).toBeVisible();
    });
    expect(complaints).toEqual([]);
  });

  test("RULE: a reason has an owner and comments, which every queue shows at its causes", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    const reason = "MaxDeliveryCountExceeded";
    const ofReason = page.getByRole("region", { name: `On ${reason} in every queue` });
    await signInAs("operator");
    await openQueue(page, "payments");
    await openCause(page, reason);

    await test.step("an operator takes the reason, and says what holds wherever it appears", async () => {
      await page.getByRole("button", { name: "Take this reason" }).click();
      await expect(page.getByText("Owner of this reason: Otto Operator")).toBeVisible();
      await expect(page.getByLabel("Owner of this reason")).toHaveValue(/^[0-9a-f-]{36}$/);
      await page
        .getByLabel("Your comment on this reason")
        .fill("The consumer died on each of them.\n<i>not markup</i>");
      await page.getByRole("button", { name: "Comment on this reason" }).click();
      await expect(ofReason).toContainText("<i>not markup</i>");
      await expect(page.getByLabel("Your comment on this reason")).toHaveValue("");
      await expect(page.getByRole("region", { name: "On this cause" })).toContainText("Nobody has said anything");
    });

    await test.step("another queue shows both at its cause of the same reason", async () => {
      await openQueue(page, "shipments");
      const row = page.getByRole("table", { name: "Causes" }).getByRole("row").filter({ hasText: reason }).first();
      await expect(row).toContainText("Otto Operator, owner of this reason");
      await openCause(page, reason);
      await expect(ofReason).toContainText("The consumer died on each of them.");
      await expect(page.getByLabel("Owner", { exact: true })).toHaveValue("");
      await expect(page.getByText("Owner of this reason: Otto Operator")).toBeVisible();
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    });

    await test.step("an auditor finds who said it", async () => {
      await page.goto("/audit?action=reason.owner-set");
      await expect(page.getByText(`made Otto Operator the owner of ${reason} in every queue`)).toBeVisible();
      await page.goto("/audit?action=reason.commented");
      await expect(page.getByText(`commented on ${reason} in every queue`)).toBeVisible();
    });

    await test.step("the owner is taken away where it is shown", async () => {
      await openQueue(page, "shipments");
      await openCause(page, reason);
      await page.getByLabel("Owner of this reason").selectOption("nobody");
      await expect(page.getByText("Owner of this reason: Otto Operator")).toBeHidden();
    });
    expect(complaints).toEqual([]);
  });

  test("RULE: a viewer sees where the work stands, and can change nothing of it", async ({ page, signInAs }) => {
    await signInAs("viewer");
    await openQueue(page, "github-webhooks");
    await page.getByRole("table", { name: "Causes" }).locator("[data-row-link]").first().click();
    await expect(page.getByLabel("State", { exact: true })).toBeDisabled();
    await expect(page.getByRole("button", { name: "Take it" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Add the comment" })).toHaveCount(0);
    await expect(page.getByLabel("Owner of this reason")).toBeDisabled();
    await expect(page.getByRole("button", { name: "Take this reason" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "Comment on this reason" })).toHaveCount(0);
    await expect(page.getByRole("button", { name: "More to do with this cause" })).toHaveCount(0);
  });

  test("RULE: ages are counted since a message was enqueued or since it was first seen, and a cell leads on by that clock", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("viewer");
    await openQueue(page, "orders");
    const byAge = (clock: string) => page.getByRole("table", { name: `Dead letters by reason and age, ${clock}` });
    // The sample's messages are days old; this console has known them since it was started.
    await expect(
      byAge("since enqueued")
        .getByRole("button", { name: /, 1–3 d: / })
        .first(),
    ).toBeVisible();
    await page.getByRole("button", { name: "Since first seen" }).click();
    await expect(page).toHaveURL(/\?clock=first-seen$/);
    await expect(page.getByRole("columnheader", { name: "Ages since first seen" })).toBeVisible();
    await expect(byAge("since first seen").getByRole("button", { name: / d: / })).toHaveCount(0);

    const cell = byAge("since first seen").getByRole("button", { name: /^ValidationFailed, / });
    const counted = (await cell.first().getAttribute("aria-label"))?.match(/, (.+): ([\d,\u202f]+)$/);
    await cell.first().click();
    await page.reload();
    await expect(cell.first()).toHaveAttribute("aria-pressed", "true");
    await expect(page.getByRole("button", { name: "Remove the filter first seen" })).toBeVisible();
    await page.getByRole("table", { name: "Causes" }).locator("[data-row-link]").first().click();
    await expect(page).toHaveURL(/\/causes\/\d+\?q=first-seen/);
    await expect(page.getByRole("table", { name: "Dead letters" })).toBeVisible();

    await page.goto("/?clock=first-seen");
    await expect(page.getByRole("button", { name: "Since first seen" })).toHaveAttribute("aria-pressed", "true");
    await byAge("since first seen")
      .getByRole("link", { name: new RegExp(`^ValidationFailed, ${counted?.[1]}: `) })
      .click();
    await expect(page).toHaveURL(/\/search\?reason=ValidationFailed&q=first-seen/);
    await expect(page.getByRole("table", { name: "Dead letters" })).toBeVisible();
    expect(complaints).toEqual([]);
  });

  test("RULE: two causes are shown as one, and taken apart again", async ({ page, signInAs }) => {
    await signInAs("operator");
    await openQueue(page, "notifications");
    const names = page.getByRole("table", { name: "Causes" }).locator("[data-row-link]");
    await expect(names.nth(1)).toBeVisible();
    const [into, part] = [await names.nth(0).textContent(), await names.nth(1).textContent()];
    const before = await names.count();
    await names.nth(1).click();
    await page.getByRole("button", { name: "More to do with this cause" }).click();
    await page.getByRole("menuitem", { name: "Merge it into another…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio").first().check();
    expect((await new AxeBuilder({ page }).include('[role="dialog"]').analyze()).violations).toEqual([]);
    await dialog.getByRole("button", { name: /^Show [\d,]+ messages? under / }).click();
    await expect(page.getByRole("heading", { name: "What is under this cause" })).toBeVisible();
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(into ?? "");
    await page.getByRole("link", { name: "notifications", exact: true }).click();
    await expect(names).toHaveCount(before - 1);
    await names
      .filter({ hasText: into ?? "" })
      .first()
      .click();
    await page.getByRole("button", { name: "Take it apart" }).click();
    await expect(page.getByRole("heading", { name: "What is under this cause" })).toBeHidden();
    await page.getByRole("link", { name: "notifications", exact: true }).click();
    await expect(names).toHaveCount(before);
    await expect(names.filter({ hasText: part ?? "" }).first()).toBeVisible();
  });

  test("RULE: a rule is looked at on the real messages before it is made, puts them to a cause of its own, and can be ended", async ({
    page,
    signInAs,
  }) => {
    await signInAs("operator");
    await openQueue(page, "shipments");
    const names = page.getByRole("table", { name: "Causes" }).locator("[data-row-link]");
    await expect(names.first()).toBeVisible();
    await page.getByRole("button", { name: "Rules…" }).click();
    await page.getByRole("button", { name: "Make a rule…" }).click();
    const dialog = page.getByRole("dialog", { name: "Make a rule" });
    await dialog.getByLabel("Look at").selectOption("reason");
    await dialog.getByLabel("How", { exact: true }).selectOption("matches");
    await dialog.getByLabel("Expression").fill("Null(");
    await dialog.getByLabel("Name of the cause").fill("Planner without an address");
    await dialog.getByRole("button", { name: "Look what it matches" }).click();
    await expect(dialog.getByText(/missing closing \)/).first()).toBeVisible();
    await dialog.getByLabel("Expression").fill("NullReference");
    await dialog.getByRole("button", { name: "Look what it matches" }).click();
    await expect(dialog.getByText(/^It matches [1-9][\d,]* of /)).toBeVisible();
    expect((await new AxeBuilder({ page }).include('[role="dialog"]').analyze()).violations).toEqual([]);
    await dialog.getByRole("button", { name: "Make the rule" }).click();
    const list = page.getByRole("dialog", { name: "Rules for causes" });
    await expect(list.getByText("Planner without an address", { exact: true })).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByText("made by a rule")).toBeVisible({ timeout: 30_000 });
    await page.getByRole("button", { name: "Rules…" }).click();
    await list.getByRole("button", { name: "End it" }).click();
    await expect(list.getByText("There is no rule")).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(page.getByText("made by a rule")).toBeHidden({ timeout: 30_000 });
  });
});
