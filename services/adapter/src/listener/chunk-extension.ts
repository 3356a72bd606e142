import { CR, FIELD, TOKEN } from './bytes.ts';
import { HeadFault } from './head-fault.ts';

/** Where a reader is in `;name=value` or `;name="value"`. */
export const EXTENSION_START = 0;
const NAME = 1;
const VALUE_START = 2;
const VALUE = 3;
const QUOTED = 4;
const ESCAPED = 5;
const AFTER_QUOTED = 6;
/** The CR after the last extension was read. */
export const EXTENSION_END = 7;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Next state within a chunk extension (RFC 9112, 7.1.1, without the bad whitespace that only old senders use). Throws HeadFault. */
export function nextInExtension(state: number, byte: number): number {
  switch (state) {
    case EXTENSION_START:
      if (TOKEN[byte] === 1) return NAME;
      break;
    case NAME:
      if (TOKEN[byte] === 1) return NAME;
      if (byte === EQUALS) return VALUE_START;
      if (byte === SEMICOLON) return EXTENSION_START;
      if (byte === CR) return EXTENSION_END;
      break;
    case VALUE_START:
      if (byte === QUOTE) return QUOTED;
      if (TOKEN[byte] === 1) return VALUE;
      break;
    case VALUE:
      if (TOKEN[byte] === 1) return VALUE;
      if (byte === SEMICOLON) return EXTENSION_START;
      if (byte === CR) return EXTENSION_END;
      break;
    case QUOTED:
      if (byte === QUOTE) return AFTER_QUOTED;
      if (byte === BACKSLASH) return ESCAPED;
      if (FIELD[byte] === 1) return QUOTED;
      break;
    case ESCAPED:
      if (FIELD[byte] === 1) return QUOTED;
      break;
    case AFTER_QUOTED:
      if (byte === SEMICOLON) return EXTENSION_START;
      if (byte === CR) return EXTENSION_END;
      break;
  }
  throw new HeadFault(400, 'invalid chunk extension');
}
