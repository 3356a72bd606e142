/** What a client of HTTP/2 says first (RFC 9113, 3.4). It is no request that HTTP/1.1 knows. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');
const P = 0x50;

/** How the first bytes of a connection compare with the preface: they hold it, may become it, or are something else. */
export type PrefaceMatch = 'whole' | 'part' | 'none';

/** Compares the first bytes of a connection with the preface; for most requests one byte says that they are something else. */
export function matchPreface(bytes: Buffer): PrefaceMatch {
  if (bytes[0] !== P) return 'none';
  const length = Math.min(bytes.length, PREFACE.length);
  if (bytes.compare(PREFACE, 0, length, 0, length) !== 0) return 'none';
  return length === PREFACE.length ? 'whole' : 'part';
}
