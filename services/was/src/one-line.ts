const LONGEST = 500;

/** What somebody wrote, fit for one line of a receipt or an event: no control characters, and not longer than 500 characters. */
export function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\s]+/gu, ' ')
    .trim()
    .slice(0, LONGEST)
    .toWellFormed();
}
