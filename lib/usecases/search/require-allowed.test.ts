import { expect, test } from "vitest";
import { ROLE_PERMISSIONS, ROLES } from "@/lib/domain/permissions";
import { requireAllowedFilter } from "./require-allowed";

test("a filter about payloads needs the right to see them; a role that chooses messages by filter has it", () => {
  expect(() => requireAllowedFilter("boom", false)).toThrow("may not see payloads");
  expect(() => requireAllowedFilter("boom", true)).not.toThrow();
  expect(() => requireAllowedFilter("size > 1", false)).not.toThrow();
  expect(() => requireAllowedFilter(undefined, false)).not.toThrow();
  const planning = ROLES.filter((role) => ROLE_PERMISSIONS[role].includes("replays.plan"));
  expect(planning.length).toBeGreaterThan(0);
  for (const role of planning) expect(ROLE_PERMISSIONS[role]).toContain("payloads.read");
});
