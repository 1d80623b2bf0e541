/** Names as a part of a sentence, the first few of many: "billing, audit and 3 more". */
export function namesOf(names: readonly string[], most: number): string {
  const shown = names.slice(0, most);
  if (names.length > most) shown.push(`${names.length - most} more`);
  return shown.length > 1 ? `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}` : shown.join("");
}
