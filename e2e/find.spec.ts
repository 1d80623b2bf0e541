import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { openCause, openQueue } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const list = (page: Page) => page.getByRole("table", { name: "Dead letters" });

/** Rows of the list with its head, drawn or not. */
const rowCount = async (page: Page) => Number(await list(page).getAttribute("aria-rowcount"));

/** The messages of a queue, indexed to the last one. */
async function openMessages(page: Page, queue: string): Promise<void> {
  await openQueue(page, queue);
  const id = page.url().split("/").at(-1);
  await expect
    .poll(
      async () => {
        const answer = await page.request.get(`/api/dead-letters?queue=${id}&q=${encodeURIComponent("text ~ order")}`);
        return (await answer.json()).coverage?.pending;
      },
      { timeout: 60_000 },
    )
    .toBe(0);
  await page.goto(`/queues/${id}/messages`);
  await expect(list(page)).toBeVisible();
}

async function add(page: Page, condition: string): Promise<void> {
  await page.getByLabel("Filter", { exact: true }).fill(condition);
  await page.keyboard.press("Enter");
}

test.describe("FEATURE: search", () => {
  test.setTimeout(120_000);

  test("RULE: a filter is typed, checked in place, kept in the address, and chooses what is replayed", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");
    await openMessages(page, "orders");
    const all = await rowCount(page);
    await page.keyboard.press("/");
    await expect(page.getByLabel("Filter", { exact: true })).toBeFocused();

    await add(page, "size > many");
    await expect(page.getByRole("alert").filter({ hasText: "a size is expected" })).toBeVisible();
    await expect(page.locator("mark")).toHaveText("many");
    await add(page, "reason = ValidationFailed");
    await expect(page).toHaveURL(/q=reason/);
    await add(page, "json.data.customer.email missing");
    await expect(page.getByRole("button", { name: /^Change the condition/ })).toHaveCount(2);
    await expect(list(page)).toBeVisible();
    await expect.poll(() => rowCount(page)).toBeLessThan(all);
    const rows = await rowCount(page);
    expect(rows).toBeGreaterThan(1);

    await page.reload();
    await expect.poll(() => rowCount(page)).toBe(rows);
    await page.getByRole("checkbox", { name: /^Select the \d+ rows/ }).check();
    const bar = page.getByRole("region", { name: "Selection" });
    await expect(bar.getByRole("button", { name: /^Replay \d+ messages?…$/ })).toBeVisible();
    await bar.getByRole("button", { name: "Clear" }).click();

    await page.getByRole("button", { name: /^Remove the condition json/ }).click();
    await expect(page.getByRole("button", { name: /^Change the condition/ })).toHaveCount(1);
    await add(page, "no-such-word-anywhere");
    await expect(page.getByText("No message fits")).toBeVisible();
    expect(complaints).toEqual([]);
  });

  test("RULE: a cause shows what its messages share and which field they lack; a value becomes a filter", async ({
    page,
    signInAs,
  }) => {
    await signInAs("operator");
    await openMessages(page, "orders");
    await openQueue(page, "orders");
    await openCause(page, "ValidationFailed");
    const values = page.getByRole("table", { name: "Values that set these messages apart" });
    await expect(values).toBeVisible();
    const schema = page.getByRole("table", { name: "Paths of the JSON bodies" });
    await expect(schema.getByText(/^missing in (?:all )?\d+/).first()).toBeVisible();
    await schema.getByRole("button", { name: "Filter by data.customer.email missing" }).click();
    await expect(page).toHaveURL(/q=json\.data\.customer\.email/);
    await expect(list(page)).toBeVisible();
    await page.goto("/audit");
    await expect(page.getByText(/compared the payloads of \d+ messages? of orders/).first()).toBeVisible();
  });

  test("RULE: a filter is saved and shared by name; others use it", async ({ page, signInAs, browserName }) => {
    const name = `Large ones (${browserName}, ${Date.now()})`;
    await signInAs("operator");
    await page.goto("/search");
    await add(page, "size > 100");
    await expect(list(page)).toBeVisible();
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("menuitem", { name: "Save this filter…" }).click();
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Share it with everybody").check();
    await page.getByRole("button", { name: "Save the filter" }).click();
    await expect(page.getByRole("dialog")).toBeHidden();

    await signInAs("viewer");
    await page.goto("/search");
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("menuitem", { name }).click();
    await expect(page).toHaveURL(/q=size/);

    await signInAs("operator");
    await page.goto("/search");
    await page.getByRole("button", { name: "Saved filters" }).click();
    await page.getByRole("menuitem", { name: "Rename, share, delete…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Delete", exact: true }).first().click();
    await dialog.getByRole("button", { name: "Delete for everybody" }).click();
    await expect(dialog.getByRole("listitem").filter({ hasText: "size > 100" })).toHaveCount(0);
  });

  test("RULE: a search over all queues says in which queues it found how much, and leads to each with its filter, where acts start", async ({
    page,
    signInAs,
  }) => {
    const complaints = watchPage(page);
    await signInAs("operator");
    await page.route("**/api/dead-letters/by-queue?*", (route) => route.fulfill({ status: 500, body: "" }));
    await page.goto("/search?q=size%20%3E%2010&returned=no");
    const places = page.getByRole("region", { name: "By queue" });
    await expect(places.getByText("Could not count what was found by queue")).toBeVisible();
    await expect(list(page)).toBeVisible();
    await page.unroute("**/api/dead-letters/by-queue?*");
    await places.getByRole("button", { name: "Try again" }).click();

    await expect(places.getByRole("heading", { name: /^In \d+ queues$/ })).toBeVisible();
    expect((await new AxeBuilder({ page }).include('[aria-label="By queue"]').analyze()).violations).toEqual([]);
    const more = places.getByRole("button", { name: /^Show \d+ more queues?$/ });
    if (await more.isVisible()) await more.click();
    await places.getByRole("link", { name: /^orders [\d\u202f]+ messages?$/ }).click();
    await expect(page).toHaveURL(/\/queues\/\d+\/messages\?q=size[^&]*&returned=no$/);
    await expect(page.getByRole("button", { name: "Change the condition size > 10" })).toBeVisible();
    await expect(page.getByRole("button", { name: "What have these messages in common?" })).toBeVisible();
    await page.getByRole("checkbox", { name: /^Select the \d+ rows/ }).check();
    await expect(page.getByRole("button", { name: /^Replay \d+ messages?…$/ })).toBeVisible();

    await page.goto("/search?q=queue%20%3D%20orders");
    await expect(places.getByText("All of it lies in orders.")).toBeVisible();
    await places.getByRole("link", { name: "Replay, edit, discard or compare there" }).click();
    await expect(page).toHaveURL(/\/queues\/\d+\/messages\?q=queue/);
    await expect(list(page)).toBeVisible();

    await signInAs("viewer");
    await page.goto("/search?q=queue%20%3D%20orders");
    await expect(places.getByRole("link", { name: "Compare there" })).toBeVisible();
    await page.goto("/search?q=queue%20%3D%20no-such-queue");
    await expect(page.getByText("No message fits")).toBeVisible();
    await expect(places).toBeHidden();
    expect(complaints).toEqual([]);
  });

  test("RULE: who may not see payloads cannot ask about them, and sees no values", async ({ page, signInAs }) => {
    await signInAs("viewer");
    await openQueue(page, "orders");
    await openCause(page, "ValidationFailed");
    await expect(page.getByText("Your roles may not see payloads: the values")).toBeVisible();
    await add(page, 'json.data.customer.email = "a@b.example"');
    await expect(page.getByText("Your roles may not see payloads, so this filter cannot be used")).toBeVisible();
    await expect(list(page)).toBeHidden();
  });
});
