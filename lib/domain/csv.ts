/** A cell that begins so is a formula to the programs that open such files, whoever wrote the text. */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * One line of a CSV file by RFC 4180, its line end included. A text that a spreadsheet would take for a formula gets an apostrophe
 * before it: messages are written by others. Numbers stay numbers; null is an empty cell.
 */
export function csvLine(cells: readonly (string | number | boolean | null)[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: string | number | boolean | null): string {
  if (value === null) return "";
  if (typeof value !== "string") return String(value);
  const text = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
