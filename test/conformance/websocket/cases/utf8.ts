import { cut, group } from '../case.ts';
import { binary, close, more, text } from '../frame.ts';
import { describe } from '../reader.ts';

const { cases, add } = group('utf8');
const UTF8 = '6455, 8.1';
const echo = (payload: string | Buffer): string => `101, text${describe(payload)}, close 1000, end`;
const INVALID = '101, close 1007, end';
const hex = (bytes: string): Buffer => Buffer.from(bytes.replaceAll(' ', ''), 'hex');

for (const [title, payload] of [
  ['two bytes', 'ä'],
  ['three bytes', '€'],
  ['four bytes', '𝄞'],
  ['the last code point', '\u{10ffff}'],
  ['a noncharacter', '\uffff'],
  ['the last before the surrogates', '\ud7ff'],
  ['the first behind them', '\ue000'],
  ['a byte order mark', '\ufeffx'],
  ['NUL', 'a\0b'],
  ['kosme', 'κόσμε'],
  ['many of all', 'aä€𝄞'.repeat(2_000)],
] as const)
  add(UTF8, `valid: ${title}`, [text(payload)], echo(payload));
const clef = Buffer.from('x𝄞y');
for (const at of [2, 3, 4])
  add(
    UTF8,
    `a character cut behind its byte ${at - 1} by fragments`,
    [text(clef.subarray(0, at), { fin: false }), more(clef.subarray(at))],
    echo(clef),
  );
add(
  UTF8,
  'a character cut into four fragments',
  [
    text(clef.subarray(0, 2), { fin: false }),
    more(clef.subarray(2, 3), { fin: false }),
    more(clef.subarray(3, 4), { fin: false }),
    more(clef.subarray(4)),
  ],
  echo(clef),
);
for (const at of [7, 8, 9, 10]) add(UTF8, `a character cut by packets at byte ${at}`, cut(text(clef), at), echo(clef));

for (const [title, bytes] of [
  ['a continuation byte alone', '80'],
  ['the last continuation byte alone', 'bf'],
  ['two bytes for NUL', 'c0 80'],
  ['two bytes for one of ASCII', 'c1 bf'],
  ['three bytes for two', 'e0 80 80'],
  ['three bytes for two, the longest', 'e0 9f bf'],
  ['four bytes for three', 'f0 80 80 80'],
  ['four bytes for three, the longest', 'f0 8f bf bf'],
  ['the first surrogate', 'ed a0 80'],
  ['the last surrogate', 'ed bf bf'],
  ['a pair of surrogates', 'ed a0 b4 ed b4 9e'],
  ['beyond the last code point', 'f4 90 80 80'],
  ['five bytes', 'f8 88 80 80 80'],
  ['F5', 'f5 80 80 80'],
  ['FE', 'fe'],
  ['FF', 'ff'],
  ['two bytes cut', 'c3'],
  ['three bytes cut', 'e2 82'],
  ['four bytes cut', 'f0 9d 84'],
  ['a lead byte before ASCII', 'c3 28'],
  ['ASCII behind half a character', 'e2 28 a1'],
] as const)
  add(UTF8, `invalid: ${title}`, [text(hex(bytes))], INVALID);
add(UTF8, 'invalid behind valid text', [text(Buffer.concat([Buffer.from('good '), hex('ff')]))], INVALID);
add(UTF8, 'invalid in the second part', [text('good ', { fin: false }), more(hex('ff'))], INVALID);
add(UTF8, 'a character that the last part leaves cut', [text('x', { fin: false }), more(hex('f0 9d'))], INVALID);
add(UTF8, 'a message behind an invalid one is not read', [text(hex('ff')), text('late')], INVALID);
add('6455, 5.6', 'binary may hold anything', [binary(hex('ff fe c0 80'))], `101, binary${describe(hex('ff fe c0 80'))}, close 1000, end`);
add('6455, 7.1.6', 'an invalid reason of a close', [close(1000, hex('ff'))], INVALID);
add('6455, 7.1.6', 'a reason of a close in UTF-8', [close(1000, 'schön')], '101, close 1000 schön, end', { app: 1000 });

export const utf8 = cases;
