/** Longest reason that is passed on, characters. */
const MAX_REASON = 300;

/** One line, whatever an app gave as its reason; asking never fails. */
export function describeReason(reason: unknown): string {
  try {
    return String(reason).replace(/\s+/g, ' ').trim().slice(0, MAX_REASON).toWellFormed();
  } catch {
    return '';
  }
}
