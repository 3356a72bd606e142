import { CR, FIELD, HT, SP, TOKEN } from './bytes.ts';
import { HeadFault } from './head-fault.ts';

/** Where a reader is in `;name=value` or `;name="value"`: behind the semicolon, or before it. */
export const EXTENSION_START = 0;
export const BEFORE_EXTENSION = 8;
const NAME = 1;
const VALUE_START = 2;
const VALUE = 3;
const QUOTED = 4;
const ESCAPED = 5;
const AFTER_QUOTED = 6;
const AFTER_NAME = 9;
/** The CR after the last extension was read. */
export const EXTENSION_END = 7;

/** White space may stand around a semicolon and an equals sign, and not before the line end. */
const AFTER_BLANK: Readonly<Record<number, number>> = {
  [BEFORE_EXTENSION]: BEFORE_EXTENSION,
  [EXTENSION_START]: EXTENSION_START,
  [NAME]: AFTER_NAME,
  [AFTER_NAME]: AFTER_NAME,
  [VALUE_START]: VALUE_START,
  [VALUE]: BEFORE_EXTENSION,
  [AFTER_QUOTED]: BEFORE_EXTENSION,
};

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Next state within a chunk extension (RFC 9112, 7.1.1, with the bad white space that a recipient has to put up with). Throws HeadFault. */
export function nextInExtension(state: number, byte: number): number {
  if (byte === SP || byte === HT) {
    const next = AFTER_BLANK[state];
    if (next !== undefined) return next;
  }
  switch (state) {
    case BEFORE_EXTENSION:
      if (byte === SEMICOLON) return EXTENSION_START;
      break;
    case AFTER_NAME:
      if (byte === EQUALS) return VALUE_START;
      if (byte === SEMICOLON) return EXTENSION_START;
      break;
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
