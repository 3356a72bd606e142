/** Longest reason that is passed on, characters. */
const MAX_REASON = 300;

/** One line, whatever an app gave as its reason, with the HRESULT where it gave one; asking never fails. */
export function describeReason(reason: unknown, hresult?: unknown): string {
  const result = Number.isInteger(hresult) && hresult !== 0 ? `0x${((hresult as number) >>> 0).toString(16).padStart(8, '0')}` : '';
  const text = textOf(reason);
  if (result === '') return text;
  return text === '' ? result : `${text} (${result})`;
}

function textOf(reason: unknown): string {
  try {
    return String(reason).replace(/\s+/g, ' ').trim().slice(0, MAX_REASON).toWellFormed();
  } catch {
    return '';
  }
}
