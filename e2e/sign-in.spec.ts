import { expect, test } from "./fixtures";

test.describe("FEATURE: sign-in", () => {
  test("RULE: without a session every page leads to the sign-in, and on to where one was going", async ({
    page,
    stack,
  }) => {
    await page.goto("/replays?state=running");
    await expect(page).toHaveURL(/\/sign-in\?callbackUrl=/);
    await page.getByLabel("Account").fill("viewer");
    await page.getByLabel("Password").fill(stack.passwords.viewer);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page).toHaveURL(/\/replays\?state=running$/);
  });

  test("RULE: a wrong password is told in words, and nobody is signed in", async ({ page }) => {
    await page.goto("/sign-in");
    await page.getByLabel("Account").fill("viewer");
    await page.getByLabel("Password").fill("not the password");
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByText("Account and password do not belong together.")).toBeVisible();
    await page.goto("/");
    await expect(page).toHaveURL(/\/sign-in/);
  });

  test("RULE: the way on never leaves this console", async ({ page, stack }) => {
    await page.goto("/sign-in?callbackUrl=https://elsewhere.example/steal");
    await page.getByLabel("Account").fill("auditor");
    await page.getByLabel("Password").fill(stack.passwords.auditor);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("heading", { level: 1 })).toBeVisible();
    expect(new URL(page.url()).origin).toBe(new URL(stack.url).origin);
  });

  test("RULE: signing out ends the session", async ({ page, signInAs }) => {
    await signInAs("operator");
    await page.goto("/");
    await page.getByRole("button", { name: /^Signed in as Otto Operator/ }).click();
    await page.getByRole("menuitem", { name: "Sign out" }).click();
    await expect(page).toHaveURL(/\/sign-in/);
    await page.goto("/");
    await expect(page).toHaveURL(/\/sign-in/);
  });
});
