/** Character classes of RFC 9110 and RFC 9112, one table lookup each. */
const classOf = (accepts: (byte: number) => boolean): Uint8Array => Uint8Array.from({ length: 256 }, (_, byte) => (accepts(byte) ? 1 : 0));

const TOKEN_CHARS = new Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

/** token: methods, field names, chunk extension names. */
export const TOKEN = classOf((byte) => TOKEN_CHARS.has(String.fromCharCode(byte)));
/** Bytes of a field value: visible, obs-text, space and tab. */
export const FIELD = classOf((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));
/** Bytes of a request target: visible ASCII. */
export const TARGET = classOf((byte) => byte > 0x20 && byte < 0x7f);
/** Bytes of a host name (RFC 3986, 3.2.2) as they are; any other one is percent-encoded. */
export const REG_NAME = classOf((byte) => /[A-Za-z0-9\-._~!$&'()*+,;=]/.test(String.fromCharCode(byte)));
/** Value of a hexadecimal digit, 255 for anything else. */
export const HEX = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  return digit < 0 ? 255 : digit;
});

export const CR = 0x0d;
export const LF = 0x0a;
export const SP = 0x20;
export const HT = 0x09;
export const COLON = 0x3a;

/** Compares bytes with a lower-case ASCII name, ignoring case; `name` must have the length of the range. */
export function isNamed(bytes: Uint8Array, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) if ((bytes[at + i]! | 0x20) !== name.charCodeAt(i)) return false;
  return true;
}
