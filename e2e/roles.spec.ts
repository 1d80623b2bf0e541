import type { Role } from "../lib/domain/permissions";
import { openCause, openQueue } from "./console-pages";
import { expect, test } from "./fixtures";

interface Sight {
  readonly payload: boolean;
  readonly edit: boolean;
  readonly replay: boolean;
  readonly audit: boolean;
}

/** What each role sees offered. The API refuses the rest by itself; its own tests try every route. */
const MATRIX: Readonly<Record<Role, Sight>> = {
  viewer: { payload: false, edit: false, replay: false, audit: false },
  operator: { payload: true, edit: true, replay: true, audit: true },
  approver: { payload: true, edit: false, replay: false, audit: true },
  auditor: { payload: false, edit: false, replay: false, audit: true },
  admin: { payload: true, edit: true, replay: true, audit: true },
};

test.describe("FEATURE: roles", () => {
  for (const [role, sees] of Object.entries(MATRIX) as [Role, Sight][]) {
    test(`RULE: ${role} is offered what the role may do, and nothing else`, async ({ page, signInAs }) => {
      await signInAs(role);
      await page.goto("/");
      await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
      await expect(page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Audit" })).toHaveCount(
        sees.audit ? 1 : 0,
      );

      await openQueue(page, "payments");
      await openCause(page, "CURRENCY_SCALE_ERROR");
      await expect(page.getByRole("table", { name: "Dead letters" })).toBeVisible();
      await expect(page.getByRole("button", { name: /^Replay \d+ messages…$/ })).toHaveCount(sees.replay ? 1 : 0);
      await expect(page.getByRole("checkbox")).toHaveCount(
        sees.replay ? (await page.locator("[data-row]").count()) + 1 : 0,
      );

      await page.locator("[data-row-link]").first().click();
      await expect(page.getByRole("heading", { name: "Facts" })).toBeVisible();
      if (sees.payload) await expect(page.getByLabel("Payload", { exact: true })).toContainText("payment.requested");
      else await expect(page.getByText("The payload is hidden from you")).toBeVisible();
      await expect(page.getByRole("button", { name: "Edit", exact: true })).toHaveCount(sees.edit ? 1 : 0);

      await page.goto("/audit");
      const heading = sees.audit ? "Audit" : "Your role does not include this page";
      await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
    });
  }

  test("RULE: who may not see payloads gets no description either, from any answer", async ({ page, signInAs }) => {
    await signInAs("viewer");
    const overview = await (await page.request.get("/api/overview")).json();
    const queue = overview.queues.find((candidate: { entityPath: string }) => candidate.entityPath === "payments");
    const list = await (await page.request.get(`/api/dead-letters?queue=${queue.id}`)).json();
    expect(list.items.length).toBeGreaterThan(0);
    expect(list.items.filter((row: { description: string | null }) => row.description !== null)).toEqual([]);
    expect((await page.request.get(`/api/dead-letters/${list.items[0].id}/payload`)).status()).toBe(403);
  });
});
