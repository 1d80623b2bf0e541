import { openQueue, plan, start, untilCompleted } from "./console-pages";
import { expect, test } from "./fixtures";

test.describe("FEATURE: the plan of a replay says what will happen", () => {
  test.setTimeout(120_000);

  test("RULE: a small step first, any target by search, one subscription of a topic alone", async ({
    page,
    signInAs,
  }) => {
    await signInAs("operator");
    await openQueue(page, "order-events/subscriptions/billing");
    await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
    const dialog = page.getByRole("dialog");

    await test.step("five are offered first, not all", async () => {
      await expect(dialog.getByRole("radio", { name: "5", exact: true })).toBeChecked();
      await expect(dialog.getByRole("button", { name: "Check the plan for 5 messages" })).toBeEnabled();
    });

    await test.step("targets are found by a part of their path, with what decides there", async () => {
      await dialog.getByText("Where to", { exact: true }).click();
      await dialog.getByLabel("Search queues and topics of the namespace").fill("shipm");
      const shipments = dialog.getByRole("radio", { name: /^shipments/ });
      await shipments.check();
      await expect(dialog.getByRole("heading", { name: "Replay to shipments" })).toBeVisible();
      await expect(dialog.getByRole("radio", { name: /^payments/ })).toBeHidden();
      await dialog.getByRole("radio", { name: /^order-events where/ }).check();
      await expect(dialog.getByRole("heading", { name: "Replay to order-events" })).toBeVisible();
    });

    await test.step("the plan counts what each subscription gets, by its rules", async () => {
      await plan(page, { amount: "5" });
      const subscriptions = page.locator("section").filter({ hasText: "Subscriptions of the topic" });
      await expect(subscriptions.getByText("analytics", { exact: true })).toBeVisible();
      await expect(subscriptions.getByText("gets all 5").first()).toBeVisible();
      await expect(page.getByText(/5 copies go to order-events/)).toBeVisible();
      await expect(page.getByText(/order-events is a topic: .*analytics/)).toBeVisible();
      await page.getByRole("button", { name: "Drop the plan" }).click();
      await expect(page.getByText(/^Cancelled/)).toBeVisible();
    });

    await test.step("to one alone: refused while the rules of the others let it through, which it shows how to mend", async () => {
      await openQueue(page, "order-events/subscriptions/billing");
      await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
      await dialog.getByText("Where to", { exact: true }).click();
      await dialog.getByLabel("Subscriptions of order-events that get the copies").selectOption("billing");
      await plan(page, { amount: "5" });
      await expect(page.getByText("5 messages will not be sent")).toBeVisible();
      await expect(
        page.getByText(/other subscriptions than the one that it is meant for would receive it/).first(),
      ).toBeVisible();
      await expect(
        page.getByText("(user.[dlq-console-route] IS NULL OR user.[dlq-console-route] = 'analytics')"),
      ).toBeVisible();
      await expect(page.getByRole("button", { name: "There is nothing to send" })).toBeDisabled();
      await page.getByRole("link", { name: "Show each with its reason" }).click();
      await expect(page).toHaveURL(/state=refused/);
    });
  });

  test("RULE: a consumer confirms a copy with a token that an admin made, shown once", async ({
    page,
    signInAs,
    stack,
    request,
  }) => {
    await signInAs("admin");
    await page.goto("/settings/confirmations");
    await page.getByLabel("Consumer", { exact: true }).fill("notification sender");
    await page.getByRole("button", { name: "Make a token" }).click();
    const shown = page.getByRole("status").filter({ hasText: "Copy it now" });
    const token = (await shown.locator("code").textContent()) ?? "";
    expect(token).toMatch(/^dlqc_/);
    await expect(page.getByText(/made by .*, never used/)).toBeVisible();

    await openQueue(page, "notifications");
    await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
    const id = await plan(page, { amount: "5" });
    await start(page, "To see that a consumer can confirm them");
    await untilCompleted(page);
    const { items } = await (await page.request.get(`/api/replays/${id}/items`)).json();
    const [item] = items as { id: string; state: string }[];
    const confirm = (bearer: string) =>
      request.post(`${stack.url}/api/confirmations`, {
        headers: { authorization: `Bearer ${bearer}` },
        data: { items: [item?.id] },
      });
    expect((await confirm(`${token}x`)).status()).toBe(401);
    expect(await (await confirm(token)).json()).toEqual({ confirmed: 1, already: 0, unknown: [] });
    expect(await (await confirm(token)).json()).toEqual({ confirmed: 0, already: 1, unknown: [] });
    await expect(page.getByText(/1 confirmed by the consumer/)).toBeVisible();

    await page.goto("/settings/confirmations");
    await page.getByRole("button", { name: "Revoke…" }).click();
    await page.getByRole("button", { name: "Revoke it" }).click();
    await expect(page.getByText("revoked", { exact: true })).toBeVisible();
    expect((await confirm(token)).status()).toBe(401);
  });
});
