import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { openCause, openOldestMessage, openQueue, plan } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** `within`: a selector of the one part to look at; the whole page without it. */
async function expectAccessible(page: Page, where: string, within?: string): Promise<void> {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    const builder = new AxeBuilder({ page }).withTags(WCAG);
    const { violations } = await (within === undefined ? builder : builder.include(within)).analyze();
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
    expect.soft(told, `${where}, ${scheme}`).toEqual([]);
  }
}

/** Nothing may stand outside of the window: tables become cards, or scroll by themselves. */
async function expectNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const excess = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect.soft(excess, `${where} at ${page.viewportSize()?.width} px`).toBeLessThanOrEqual(0);
}

test.describe("FEATURE: every page for everyone", () => {
  test.setTimeout(180_000);

  for (const width of [1440, 390]) {
    test(`RULE: WCAG 2.2 AA in light and dark, no sideways scrolling, no complaint of the browser, at ${width} px`, async ({
      page,
      signInAs,
    }) => {
      const complaints = watchPage(page);
      await page.setViewportSize({ width, height: 900 });
      const check = async (where: string) => {
        await expectNoSidewaysScroll(page, where);
        await expectAccessible(page, where);
      };

      await page.goto("/sign-in");
      await check("sign-in");
      await signInAs("operator");
      await page.goto("/");
      await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
      await check("overview");
      await page.keyboard.press("ControlOrMeta+k");
      await expect(page.getByRole("option").first()).toBeVisible();
      await check("palette");
      await page.keyboard.press("Escape");
      await page.keyboard.press("?");
      await check("help");

      await openQueue(page, "shipments");
      await check("queue");
      await openCause(page, "System.NullReferenceException");
      await check("cause");
      await page.locator("[data-row] input").first().check();
      // The bar stands before the rows at the foot of the window: a row that it half covers can be scrolled from under it.
      await expectAccessible(page, "selection", '[aria-label="Selection"]');
      await openOldestMessage(page);
      await expect(page.getByLabel("Payload", { exact: true })).toContainText("shipment.requested");
      await check("message");
      await page.getByRole("button", { name: "Edit", exact: true }).click();
      await expect(page.getByRole("textbox", { name: "Corrected body" })).toBeVisible();
      await check("editor");

      await page.goBack();
      await page.getByRole("button", { name: "Replay 1 message…" }).click();
      await page.getByText("Where to", { exact: true }).click();
      await page.getByText("Message ids, lifetime, doubt", { exact: true }).click();
      await check("choices of a replay");
      await plan(page, {});
      await check("plan");
      await page.getByRole("button", { name: "Drop the plan" }).click();
      await expect(page.getByText(/^Cancelled/)).toBeVisible();
      await check("ended replay");
      await page.goto("/replays");
      await expect(page.locator("[data-row]").first()).toBeVisible();
      await check("replays");
      await page.goto("/audit");
      await page.getByRole("button", { name: "Record" }).first().click();
      await check("audit");
      await page.goto("/queues/999999");
      await check("not found");
      expect(complaints).toEqual([]);
    });
  }

  test("RULE: the theme that is chosen holds from the first byte", async ({ page, signInAs }) => {
    await signInAs("viewer");
    await page.goto("/");
    await page.getByRole("button", { name: "Theme" }).click();
    await page.getByRole("menuitemradio", { name: "Dark" }).click();
    const html = await (await page.request.get("/")).text();
    expect(html).toContain('data-theme="dark"');
    await page.reload();
    await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  });

  test("RULE: the first paint has figures, without a script", async ({ browser, signInAs, context, stack }) => {
    await signInAs("viewer");
    const still = await browser.newContext({
      javaScriptEnabled: false,
      storageState: await context.storageState(),
      baseURL: stack.url,
    });
    const page = await still.newPage();
    await page.goto("/");
    await expect(page.getByRole("link", { name: "payments", exact: true })).toBeVisible();
    await still.close();
  });
});
