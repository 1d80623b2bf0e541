import type { Page } from "@playwright/test";

/** What a browser complains of while a page is used: script errors, refused styles and scripts, failed hydration. */
export function watchPage(page: Page): string[] {
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`${error.name}: ${error.message}`));
  page.on("console", (message) => {
    // The browser's own line about an answer of 4xx: the pages say in words what it means.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      complaints.push(message.text());
  });
  return complaints;
}
