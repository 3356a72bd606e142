import { group, request } from '../probe.ts';

const { probes, add } = group('field');
const fields = (...lines: string[]): string => request('GET /%ID% HTTP/1.1', lines);
const has = (name: string, value: string) => ({ sees: [{ has: [[name, value]] as const }] });
/** Behind Host and before the end of the head, with line ends of one's own. */
const raw = (lines: string): string => `GET /%ID% HTTP/1.1\r\nHost: %ID%.test\r\n${lines}`;

add('RFC 9112, 5.1', 'a space before the colon', 'reject', fields('X-A : b'), { refusals: [400] });
add('RFC 9112, 5.1', 'a tab before the colon', 'reject', fields('X-A\t: b'), { refusals: [400] });
add('RFC 9112, 5.1', 'a space before the colon of Content-Length', 'reject', fields('Content-Length : 5'), { refusals: [400] });
add('RFC 9112, 5', 'a space in a name', 'reject', fields('X A: b'));
add('RFC 9112, 5', 'an empty name', 'reject', fields(': b'));
add('RFC 9112, 5', 'a line without a colon', 'reject', fields('X-A'));
add('RFC 9112, 2.2', 'white space before the first field', 'reject', 'GET /%ID% HTTP/1.1\r\n X-A: b\r\nHost: %ID%.test\r\n\r\n');
add('RFC 9112, 2.2', 'a tab before the first field, which is Host', 'reject', 'GET /%ID% HTTP/1.1\r\n\tHost: %ID%.test\r\n\r\n');
for (const [name, char] of [
  ['a parenthesis', '('],
  ['a quote', '"'],
  ['a slash', '/'],
  ['an at sign', '@'],
  ['a brace', '{'],
  ['NUL', '\0'],
  ['DEL', '\x7f'],
  ['a byte beyond ASCII', '\xe9'],
] as const)
  add('RFC 9110, 5.1', `${name} in a name`, 'reject', fields(`X-${char}A: b`));
add('RFC 9110, 5.1', 'every tchar in a name', 'accept', fields("!#$%&'*+-.^_`|~0aZ: b"), has("!#$%&'*+-.^_`|~0aZ", 'b'));
add('RFC 9110, 5.5', 'NUL in a value', 'reject', fields('X-A: a\0b'));
add('RFC 9110, 5.5', 'a bare CR in a value', 'either', fields('X-A: a\rb'), has('X-A', 'a b'));
add('RFC 9110, 5.5', 'a bare CR that would begin a field', 'either', fields('X-A: a\rX-B: c'), { sees: [{ hasNot: ['x-b'] }] });
add('RFC 9112, 2.2', 'a bare LF between two fields', 'either', raw('X-A: a\nX-B: c\r\n\r\n'), has('X-B', 'c'));
add('RFC 9112, 2.2', 'bare LF at every line', 'either', 'GET /%ID% HTTP/1.1\nHost: %ID%.test\n\n');
add('RFC 9112, 2.2', 'a bare LF for the empty line', 'either', raw('X-A: a\r\n\n'));
add('RFC 9112, 2.2', 'LF CR for the empty line', 'either', raw('X-A: a\n\r\n'));
add('RFC 9112, 2.2', 'CR CR LF behind a field', 'reject', raw('X-A: a\r\r\n\r\n'));
add('RFC 9112, 2.2', 'a bare CR for the empty line', 'reject', raw('X-A: a\r\n\rX-B: c\r\n\r\n'));
add('RFC 9110, 5.5', 'another control character in a value', 'either', fields('X-A: a\x01b'), has('X-A', 'a\x01b'));
add('RFC 9110, 5.5', 'DEL in a value', 'either', fields('X-A: a\x7fb'), has('X-A', 'a\x7fb'));
add('RFC 9110, 5.5', 'a vertical tab in a value', 'either', fields('X-A: a\x0bb'), has('X-A', 'a\x0bb'));
add('RFC 9110, 5.5', 'bytes beyond ASCII in a value', 'accept', fields('X-A: \x80caf\xe9\xff'), has('X-A', '\x80caf\xe9\xff'));
add('RFC 9110, 5.5', 'an empty value', 'accept', fields('X-A:', 'X-B: c'), {
  sees: [
    {
      has: [
        ['X-A', ''],
        ['X-B', 'c'],
      ],
    },
  ],
});
add('RFC 9112, 5.1', 'white space around a value is no part of it', 'accept', fields('X-A: \t b c \t '), has('X-A', 'b c'));
add('RFC 9112, 5.1', 'no white space before a value', 'accept', fields('X-A:b'), has('X-A', 'b'));
add('RFC 9110, 5.5', 'tabs and spaces within a value stay', 'accept', fields('X-A: a \t b'), has('X-A', 'a \t b'));
add('RFC 9110, 5.5', 'a value of colons and commas', 'accept', fields('X-A: ::,:,"'), has('X-A', '::,:,"'));
add('RFC 9112, 5.2', 'a folded value', 'either', fields('X-A: a\r\n b'), { sees: [{ hasNot: ['b'] }] });
add('RFC 9112, 5.2', 'a folded line that looks like a field', 'either', fields('X-A: a\r\n X-B: c'), { sees: [{ hasNot: ['x-b'] }] });
add('RFC 9112, 5.2', 'a folded line of white space alone', 'either', fields('X-A: a\r\n \t'));
add('RFC 9112, 5.2', 'a folded empty value', 'either', fields('X-A:\r\n b'), { sees: [{ hasNot: ['b'] }] });
add('RFC 9110, 5.3', 'a field given twice reaches the app twice', 'accept', fields('X-A: a', 'x-a: b'), {
  sees: [
    {
      has: [
        ['X-A', 'a'],
        ['x-a', 'b'],
      ],
    },
  ],
});
add('RFC 9110, 5.1', 'the case of a name reaches the app', 'accept', fields('x-CaSe: a'), has('x-CaSe', 'a'));
add('RFC 9110, 5.4', 'a hundred fields', 'accept', fields(...Array.from({ length: 100 }, (_, i) => `X-${i}: ${i}`)), has('X-99', '99'));
add('RFC 9110, 5.4', 'more fields than any server reads', 'reject', fields(...Array.from({ length: 9_000 }, (_, i) => `X-${i}: ${i}`)));
add('RFC 9110, 5.4', 'a value of 8,000 octets', 'accept', fields(`X-A: ${'a'.repeat(8_000)}`), has('X-A', 'a'.repeat(8_000)));
add('RFC 9110, 5.4', 'a value longer than any server reads', 'reject', fields(`X-A: ${'a'.repeat(200_000)}`), {
  refusals: [400, 413, 431],
});
add('RFC 9110, 5.4', 'a name longer than any server reads', 'reject', fields(`${'A'.repeat(200_000)}: b`));

export const field = probes;
