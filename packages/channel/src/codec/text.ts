/**
 * Heads and trailers travel as one latin-1 string whose parts are joined with NUL, which no header may hold:
 * one write and one slice-and-split are several times cheaper than a counted string each (docs/adr/0002).
 */

const BEYOND_LATIN1 = /[^\0-\xff]/;

/** True when a part holds a NUL: it would be read as two. */
export function hasNul(parts: readonly string[]): boolean {
  for (let i = 0; i < parts.length; i++) if (parts[i]!.includes('\0')) return true;
  return false;
}

/** True when every character fits one byte; for a string that V8 keeps in one byte per character this looks at none of them. */
export function isLatin1(text: string): boolean {
  return !BEYOND_LATIN1.test(text);
}

/** Writes a short part; returns the index behind it, or -1 where it holds a NUL or a character beyond latin-1. */
export function putText(bytes: Uint8Array, at: number, text: string): number {
  const { length } = text;
  for (let i = 0; i < length; i++) {
    const char = text.charCodeAt(i);
    if (char === 0 || char > 0xff) return -1;
    bytes[at + i] = char;
  }
  return at + length;
}
