import { expect, it } from "vitest";
import { quietWords } from "./quiet-hours";

it.each([
  [[1, 2, 3, 4, 5], "Mon–Fri 22:00–06:00 (Europe/Berlin): nothing is sent"],
  [[7, 6, 5, 4, 3, 2, 1], "daily 22:00–06:00 (Europe/Berlin): nothing is sent"],
  [[6, 7], "Sat, Sun 22:00–06:00 (Europe/Berlin): nothing is sent"],
  [[1, 3, 5, 6, 7], "Mon, Wed, Fri–Sun 22:00–06:00 (Europe/Berlin): nothing is sent"],
])("days %j read as people write them", (days, words) => {
  expect(quietWords({ timeZone: "Europe/Berlin", windows: [{ days, from: "22:00", to: "06:00" }], rate: null })).toBe(
    words,
  );
});

it("a lower rate is named", () => {
  const windows = [{ days: [1], from: "08:00", to: "09:00" }];
  expect(quietWords({ timeZone: "UTC", windows, rate: 2 })).toBe("Mon 08:00–09:00 (UTC): at most 2 a second");
});
