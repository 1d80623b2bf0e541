/** The time as a field of the kind "datetime-local" holds it, in the browser's own zone, to the minute. */
export function localInputText(at: Date): string {
  const two = (figure: number) => String(figure).padStart(2, "0");
  const day = `${String(at.getFullYear()).padStart(4, "0")}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
