import pg from "pg";
import { openCause, openOldestMessage, openQueue } from "./console-pages";
import { expect, test } from "./fixtures";

test.describe("FEATURE: when something is wrong, it is said in words", () => {
  test.beforeEach(async ({ signInAs }) => signInAs("operator"));

  for (const path of [
    "/queues/999999",
    "/queues/abc",
    "/causes/999999999",
    "/dead-letters/99999999999999999999",
    "/replays/none",
    "/replays/0b0f5f0e-7f3a-4a52-9d1e-3f1f3f9b9d11",
    "/nowhere",
  ]) {
    test(`RULE: an unknown address says so: ${path}`, async ({ page }) => {
      const response = await page.goto(path);
      expect(response?.status()).toBe(404);
      await expect(page.getByRole("heading", { level: 1, name: "There is nothing at this address" })).toBeVisible();
    });
  }

  test("RULE: an address with a filter that cannot be used still opens the page", async ({ page }) => {
    await page.goto("/audit?action=nonsense&since=yesterday");
    await expect(page.getByRole("heading", { level: 1, name: "Audit" })).toBeVisible();
    await expect(page.locator("[data-row]").first()).toBeVisible();
  });

  test("RULE: two editors of one message never overwrite each other, and no text is lost", async ({
    page,
    context,
  }) => {
    await openQueue(page, "notifications");
    await openCause(page, "TemplateNotFound");
    await openOldestMessage(page);
    const address = page.url();
    const other = await context.newPage();
    for (const editor of [page, other]) {
      await editor.goto(`${address}?mode=edit`);
      // It comes in above the properties and moves them down: a click in that moment has nothing under it.
      await expect(editor.getByRole("textbox", { name: "Corrected body" })).toBeVisible();
      await editor.getByRole("button", { name: "Add a property" }).click();
      await editor.getByLabel("Name of the new property").fill("checked-by");
    }
    await page.getByLabel("Value of checked-by").fill("the first");
    await other.getByLabel("Value of checked-by").fill("the second");
    await page.getByRole("button", { name: "Save the correction" }).click();
    await expect(page.getByText(/^Correction 1 by/)).toBeVisible();

    await other.getByRole("button", { name: "Save the correction" }).click();
    await expect(other.getByText("Somebody else was quicker")).toBeVisible();
    await expect(other.getByLabel("Value of checked-by")).toHaveValue("the second");
    await other.getByRole("button", { name: "Keep my text, to save it after theirs" }).click();
    await other.getByRole("button", { name: "Save the correction" }).click();
    await expect(other.getByText(/^Correction 2 by/)).toBeVisible();

    await other.getByRole("button", { name: "Edit again" }).click();
    await other.getByRole("button", { name: "Withdraw correction 2" }).click();
    await expect(other.getByRole("button", { name: "Edit", exact: true })).toBeVisible();
    await other.close();
  });

  test("RULE: a property that its type cannot hold is refused before it is sent", async ({ page }) => {
    await openQueue(page, "notifications");
    await openCause(page, "TemplateNotFound");
    await openOldestMessage(page);
    await page.goto(`${page.url()}?mode=edit`);
    await page.getByRole("button", { name: "Add a property" }).click();
    await page.getByLabel("Name of the new property").fill("attempt");
    await page.getByLabel("Type of attempt").selectOption("int");
    await page.getByLabel("Value of attempt").fill("many");
    await expect(page.getByText("A value of type int is a whole number.")).toBeVisible();
    await expect(page.getByRole("button", { name: "Save the correction" })).toBeDisabled();
  });

  test("RULE: a payload that is no JSON is shown as it is, with what is wrong", async ({ page }) => {
    await openQueue(page, "github-webhooks");
    await openCause(page, "MalformedPayload");
    await openOldestMessage(page);
    await expect(page.getByText("The body is no valid JSON")).toBeVisible();
    await expect(page.getByLabel("Payload", { exact: true })).toContainText("{");
  });

  test("RULE: figures stay, with their age, while the server does not answer", async ({ page }) => {
    await page.goto("/");
    await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
    await page.route("**/api/overview", (route) => route.abort());
    await expect(page.getByText("Could not read the queues again")).toBeVisible({ timeout: 30_000 });
    await expect(page.getByText(/does not answer/)).toBeVisible();
    await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
    await page.unroute("**/api/overview");
    await page.getByRole("button", { name: "Try now" }).click();
    await expect(page.getByText("Could not read the queues again")).toBeHidden();
  });

  test("RULE: figures stay, and are told to be old, while an answer never comes", async ({ page }) => {
    await page.clock.install();
    await page.goto("/");
    await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
    let asked = 0;
    await page.route("**/api/overview", () => {
      asked += 1;
    });
    await page.clock.fastForward("00:05");
    await expect.poll(() => asked).toBeGreaterThan(0);
    await page.clock.fastForward("00:45");
    await expect(page.getByText("Could not read the queues again")).toBeVisible();
    await expect(page.getByText(/has not answered for 40 s/)).toBeVisible();
    await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
    await page.unroute("**/api/overview");
    await page.getByRole("button", { name: "Try now" }).click();
    await expect(page.getByText("Could not read the queues again")).toBeHidden();
  });

  test("RULE: a page that the server could not make says so, and is there once it can be made", async ({
    page,
    signInAs,
    stack,
  }) => {
    await page.clock.install();
    await signInAs("admin");
    const failed = page.getByRole("heading", { level: 1, name: "This page could not be read" });
    const made = page.getByRole("heading", { level: 1, name: "Confirmations by consumers" });
    const again = page.getByRole("button", { name: "Try again" });
    const database = new pg.Client(stack.databaseUrl);
    await database.connect();
    // Only this page reads the table.
    const away = () => database.query("ALTER TABLE confirm_token RENAME TO confirm_token_away");
    const back = () => database.query("ALTER TABLE IF EXISTS confirm_token_away RENAME TO confirm_token");
    try {
      await away();
      await page.goto("/settings/confirmations");
      await expect(failed).toBeVisible();
      await again.click();
      await expect(again).toBeEnabled();
      await expect(page.getByText("Nothing was sent or changed")).toBeVisible();
      await back();
      // On a slow machine it may have come back by itself by now.
      await again.or(made).first().click();
      await expect(made).toBeVisible();

      await away();
      await page.reload();
      await expect(failed).toBeVisible();
      await back();
      await page.clock.fastForward("00:11");
      // A page that was not yet ready to count waits ten seconds more.
      await expect(made).toBeVisible({ timeout: 30_000 });
    } finally {
      await back();
      await database.end();
    }
  });

  test("RULE: a click whose page does not come is seen to be taken, and the page comes when the database answers again", async ({
    page,
    signInAs,
    stack,
  }) => {
    await signInAs("admin");
    await page.goto("/");
    await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
    const waits = page.getByText("The page you opened has not come yet");
    const database = new pg.Client(stack.databaseUrl);
    await database.connect();
    try {
      // Only this page reads the table.
      await database.query("BEGIN");
      await database.query("LOCK TABLE confirm_token IN ACCESS EXCLUSIVE MODE");
      await page.getByRole("button", { name: /^Signed in as/ }).click();
      await page.getByRole("menuitem", { name: "Confirmations by consumers" }).click();
      await expect(waits).toBeVisible();
      await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
      await database.query("ROLLBACK");
      await expect(page.getByRole("heading", { level: 1, name: "Confirmations by consumers" })).toBeVisible();
      await expect(waits).toBeHidden();
    } finally {
      await database.end();
    }
  });

  test("RULE: an act whose answer is lost is not called a success or a failure", async ({ page }) => {
    await openQueue(page, "notifications");
    await openCause(page, "TemplateNotFound");
    await page.route("**/api/replays", (route) => route.abort());
    await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
    await page.getByRole("dialog").getByRole("radio", { name: "5", exact: true }).check();
    await page.getByRole("button", { name: "Check the plan for 5 messages" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByText(/Whether the server received the request is not known/)).toBeVisible();
    await expect(dialog.getByText("Whether it happened is not known")).toBeVisible();
    await expect(dialog.getByText("The plan was not made")).toHaveCount(0);
    await expect(dialog.getByText("nothing was sent", { exact: false })).toHaveCount(0);
  });

  test("RULE: a queue that disappeared keeps its picture, and says that it is one", async ({ page, stack }) => {
    const database = new pg.Client(stack.databaseUrl);
    await database.connect();
    const { rows } = await database.query<{ id: number }>(
      `INSERT INTO queue (namespace_id, entity_path, entity_kind, sub_queue, origin_path, vanished_at, scanned_at, next_scan_at)
       SELECT id, 'retired-orders', 'queue', 'dead-letter', 'retired-orders', now() - interval '1 hour', now() - interval '1 hour', 'infinity'
       FROM namespace LIMIT 1 RETURNING id`,
    );
    await database.end();
    await page.goto(`/queues/${rows[0]?.id}`);
    await expect(page.getByText("The broker no longer has this queue")).toBeVisible();
    await expect(page.getByText("nothing of it can be replayed")).toBeVisible();
  });
});
