import AxeBuilder from "@axe-core/playwright";
import { openCause, openQueue, start, untilCompleted } from "./console-pages";
import { expect, test } from "./fixtures";
import { watchPage } from "./page-watch";

const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

test.describe("FEATURE: copies in doubt", () => {
  test.setTimeout(240_000);

  test("RULE: a person judges each on what is known of it, and what was said is done and kept", async ({
    page,
    signInAs,
    deployFix,
    loseAnswers,
    accepted,
  }) => {
    const complaints = watchPage(page);
    // It takes the copies as they come, so that a look into the queue proves nothing.
    await deployFix("payment-capture");
    await signInAs("operator");
    await openQueue(page, "payments");
    await openCause(page, "CURRENCY_SCALE_ERROR");
    const panel = page
      .locator("section")
      .filter({ has: page.getByRole("heading", { name: "Copies in doubt", exact: true }) });
    const doubtful = panel.getByRole("listitem");
    const begun = Date.now();

    const replay = await test.step("the broker takes the copies and its answers are lost", async () => {
      await page.getByRole("button", { name: /^Replay \d+ messages…$/ }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("radio", { name: "another number" }).check();
      await dialog.getByLabel("Number of messages").fill("3");
      await dialog.getByRole("button", { name: "Check the plan for 3 messages" }).click();
      await expect(
        page.getByText(/no duplicate detection. Should a worker die .* is held for a person to judge/),
      ).toBeVisible();
      const endFault = await loseAnswers("payments");
      await start(page, "the currencies are right now");
      await expect(
        page.getByText("3 messages are uncertain: their copies may or may not have arrived", { exact: false }),
      ).toBeVisible({ timeout: 90_000 });
      await endFault();
      return page.url();
    });

    await test.step("what is known stands beside each; nothing is ticked beforehand", async () => {
      await expect(doubtful).toHaveCount(3);
      await expect(panel.getByText(/^not found in payments \(all \d+ messages\)/)).toHaveCount(3, { timeout: 60_000 });
      for (const box of await panel.getByRole("checkbox").all()) await expect(box).not.toBeChecked();
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
        expect
          .soft(
            violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`),
            colorScheme,
          )
          .toEqual([]);
      }
    });

    await test.step("who may not act sees the evidence and no choice", async () => {
      await signInAs("viewer");
      await page.goto(replay);
      await expect(doubtful).toHaveCount(3);
      await expect(panel.getByText("Operators and administrators judge them.")).toBeVisible();
      await expect(panel.getByRole("checkbox")).toHaveCount(0);
      await expect(panel.getByRole("button", { name: /^(It|Leave)/ })).toHaveCount(0);
      await signInAs("operator");
      await page.goto(replay);
    });

    await test.step("it takes a choice and words", async () => {
      await panel.getByRole("button", { name: /^It arrived/ }).click();
      await expect(panel.getByText("Tick the copies that you judge.")).toBeVisible();
      await panel.getByRole("checkbox").first().check();
      await panel.getByRole("button", { name: "It arrived: remove 1 message from the dead-letter queue" }).click();
      await expect(panel.getByText("Say in a few words how you know.")).toBeVisible();
      await expect(doubtful).toHaveCount(3);
    });

    const open = await test.step("a page stands open whose line is cut until something is said there", async () => {
      const open = await page.context().newPage();
      await open.goto(replay);
      await expect(open.getByRole("checkbox", { name: /^Judge / })).toHaveCount(3);
      let said = false;
      await open.route("**/api/replays/**", (route) => {
        said ||= route.request().method() === "POST";
        return said ? route.continue() : route.abort();
      });
      return open;
    });

    const ids = await test.step("arrived, send again, leave", async () => {
      const ids = await doubtful.getByRole("link").allTextContents();
      expect(await accepted("payments", begun, ids)).toEqual([1, 1, 1]);
      await panel.getByLabel("How you know").fill("seen in the log of the acquirer");
      await panel.getByRole("button", { name: "It arrived: remove 1 message from the dead-letter queue" }).click();
      await expect(doubtful).toHaveCount(2);
      await panel.getByRole("checkbox").first().check();
      await panel.getByRole("button", { name: "It did not: send 1 message again to payments" }).click();
      await expect(doubtful).toHaveCount(1);
      await panel.getByRole("button", { name: "Tick all 1 shown" }).click();
      await panel.getByRole("button", { name: "Leave 1 message dead, free for another plan" }).click();
      await expect(panel).toHaveCount(0);
      return ids;
    });

    await test.step("two leave the dead-letter queue, one of them sent twice; the third stays", async () => {
      await page.getByRole("button", { name: /^Resume/ }).click();
      await untilCompleted(page);
      const items = page.getByRole("table", { name: "Messages of this replay" });
      await expect(items.getByText("left in the dead-letter queue by a person; a copy may have arrived")).toHaveCount(
        1,
      );
      expect(await accepted("payments", begun, ids), "copies that the broker took of each").toEqual([1, 2, 1]);
    });

    await test.step("what is said there of the one that was sent again since changes nothing, and is told", async () => {
      await open.getByRole("checkbox", { name: `Judge ${ids[1]}` }).check();
      await open.getByLabel("How you know").fill("by a page of earlier");
      await open.getByRole("button", { name: "Leave 1 message dead, free for another plan" }).click();
      await expect(
        open.getByText("Nothing was changed of 1 message: another attempt was begun meanwhile"),
      ).toBeVisible();
      await expect(open.getByText(`What you judged was an earlier copy of ${ids[1]}. Look at it anew.`)).toBeVisible();
      await open.close();
      expect(await accepted("payments", begun, ids), "copies that the broker took of each").toEqual([1, 2, 1]);
    });

    await test.step("the audit has what was done", async () => {
      await page.goto("/audit?action=replay.item-judged");
      const events = page.getByRole("table", { name: /^Events/ });
      await expect(events.getByText("seen in the log of the acquirer")).toHaveCount(3);
      await expect(events.getByText("by a page of earlier")).toHaveCount(0);
    });
    expect(complaints).toEqual([]);
  });
});
