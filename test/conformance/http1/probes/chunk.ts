import { chunked, group, post } from '../probe.ts';

const { probes, add } = group('chunk');
const SIZE = 'RFC 9112, 7.1';
const EXT = 'RFC 9112, 7.1.1';
const TRAILER = 'RFC 9112, 7.1.2';
const saw = (body: string) => ({ sees: [{ method: 'POST', body }] });
const END = '0\r\n\r\n';
const sized = (size: string, data = 'abcde'): string => chunked(`${size}\r\n${data}\r\n${END}`);

add(SIZE, 'two chunks', 'accept', chunked(`5\r\nabcde\r\n1\r\nf\r\n${END}`), saw('abcdef'));
add(SIZE, 'no chunk but the last', 'accept', chunked(END), saw(''));
add(SIZE, 'a size in capitals', 'accept', sized('A', 'abcdefghij'), saw('abcdefghij'));
add(SIZE, 'zeros before a size', 'accept', sized('0005'), saw('abcde'));
add(SIZE, 'thirty zeros before a size', 'either', sized(`${'0'.repeat(30)}5`), saw('abcde'));
add(SIZE, 'several zeros for the last chunk', 'accept', chunked('5\r\nabcde\r\n000\r\n\r\n'), saw('abcde'));
add(
  SIZE,
  'data that looks like a last chunk and a request',
  'accept',
  sized('1a', '0\r\n\r\nGET /x HTTP/1.1\r\n\r\n00'),
  saw('0\r\n\r\nGET /x HTTP/1.1\r\n\r\n00'),
);
add(SIZE, 'a body that comes byte by byte', 'accept', [post(['Transfer-Encoding: chunked']), ...`5\r\nabcde\r\n${END}`], saw('abcde'));
for (const [title, size] of [
  ['a plus sign', '+5'],
  ['a minus sign', '-5'],
  ['0x', '0x5'],
  ['no digit', ''],
  ['a letter beyond F', 'g'],
  ['a space before', ' 5'],
  ['an underscore', '0_5'],
  ['a fraction', '5.0'],
  ['NUL behind', '5\0'],
  ['a comma', '5,5'],
] as const)
  add(SIZE, `${title}: not a size`, 'reject', sized(size));
add(SIZE, 'a space behind a size', 'either', sized('5 '), saw('abcde'));
add(SIZE, 'a tab behind a size', 'either', sized('5\t'), saw('abcde'));
add(SIZE, 'a size beyond 2^64', 'reject', sized('10000000000000005'), { mayWait: true });
add(SIZE, 'a size that wraps to 5 in 32 bits', 'reject', sized('100000005'), { mayWait: true, fin: true });
add(SIZE, 'a size of 2^64-1', 'reject', sized('ffffffffffffffff'), { mayWait: true });
add(SIZE, 'a bare LF behind a size', 'reject', chunked(`5\nabcde\r\n${END}`));
add(SIZE, 'a bare CR behind a size', 'reject', chunked(`5\rabcde\r\n${END}`));
add(SIZE, 'CR CR LF behind a size', 'reject', chunked(`5\r\r\nabcde\r\n${END}`));
add(SIZE, 'data without its line end', 'reject', chunked(`5\r\nabcde${END}`));
add(SIZE, 'a bare LF behind data', 'reject', chunked(`5\r\nabcde\n${END}`));
add(SIZE, 'a bare CR behind data', 'reject', chunked(`5\r\nabcde\r${END}`));
add(SIZE, 'more data than the size', 'reject', chunked(`5\r\nabcdef\r\n${END}`));
add(SIZE, 'a bare LF behind the last chunk', 'reject', chunked('5\r\nabcde\r\n0\n\r\n'));
add(SIZE, 'a bare LF for the end', 'reject', chunked('5\r\nabcde\r\n0\r\n\n'));
add(SIZE, 'no end behind the last chunk', 'reject', chunked('5\r\nabcde\r\n0\r\n'), { mayWait: true });
add('RFC 9112, 8', 'chunks that stop, then the end', 'reject', chunked('5\r\nabcde\r\n'), { hasTail: false, fin: true });
add('RFC 9112, 8', 'a chunk that stops within, then the end', 'reject', chunked('5\r\nab'), { hasTail: false, fin: true });

for (const [title, ext] of [
  ['a name', ';a'],
  ['a name and a value', ';a=b'],
  ['a quoted value', ';a="b c;d"'],
  ['an escaped quote', ';a="b\\"c"'],
  ['two of them', ';a=b;c'],
  ['a colon in a quoted value', ';a=":,/"'],
] as const)
  add(EXT, `an extension of ${title}`, 'accept', sized(`5${ext}`), saw('abcde'));
add(EXT, 'an extension of the last chunk', 'accept', chunked('5\r\nabcde\r\n0;a=b\r\n\r\n'), saw('abcde'));
add(EXT, 'white space before and behind a semicolon', 'accept', sized('5 ; a'), saw('abcde'));
add(EXT, 'white space around an equals sign', 'accept', sized('5;a = b'), saw('abcde'));
add(EXT, 'an extension without a name', 'either', sized('5;'), saw('abcde'));
add(EXT, 'an extension without a value', 'either', sized('5;a='), saw('abcde'));
add(EXT, 'an extension with a name that is no token', 'either', sized('5;a(b'), saw('abcde'));
add(EXT, 'a bare LF within an extension', 'reject', sized('5;a\nb'));
add(EXT, 'a bare LF that ends an extension', 'reject', chunked(`5;a\nabcde\r\n${END}`));
add(EXT, 'a bare CR within an extension', 'reject', sized('5;a\rb'));
add(EXT, 'a bare LF within a quoted value', 'reject', sized('5;a="b\nc"'));
add(EXT, 'NUL within an extension', 'reject', sized('5;a\0'));
add(EXT, 'a quoted value that does not end', 'reject', sized('5;a="b'));
add(EXT, 'an extension longer than any server reads', 'reject', sized(`5;${'a'.repeat(200_000)}`));
add(
  EXT,
  'a thousand chunks of a byte with long extensions',
  'either',
  chunked(`${`1;${'a'.repeat(100)}\r\nx\r\n`.repeat(1_000)}${END}`),
  saw('x'.repeat(1_000)),
);

const ended = (trailers: string): string => chunked(`5\r\nabcde\r\n0\r\n${trailers}\r\n`);
add(TRAILER, 'a trailer', 'accept', ended('X-Sum: a1\r\n'), {
  sees: [{ method: 'POST', body: 'abcde', trailers: ['X-Sum', 'a1'], hasNot: ['x-sum'] }],
});
add(TRAILER, 'two trailers', 'accept', ended('X-A: a\r\nX-B:\r\n'), {
  sees: [{ method: 'POST', body: 'abcde', trailers: ['X-A', 'a', 'X-B', ''] }],
});
add('RFC 9110, 6.5.1', 'Content-Length among the trailers', 'either', ended('Content-Length: 60\r\n'), saw('abcde'));
add('RFC 9110, 6.5.1', 'Transfer-Encoding among the trailers', 'either', ended('Transfer-Encoding: chunked\r\n'), saw('abcde'));
add('RFC 9110, 6.5.1', 'Host among the trailers changes nothing', 'either', ended('Host: evil.test\r\n'), {
  sees: [{ method: 'POST', body: 'abcde', has: [['Host', '%ID%.test']] }],
});
add('RFC 9112, 5.1', 'a space before the colon of a trailer', 'reject', ended('X-A : b\r\n'));
add('RFC 9112, 5', 'a trailer without a colon', 'reject', ended('X-A\r\n'));
add('RFC 9112, 5.2', 'a folded trailer', 'either', ended('X-A: b\r\n c\r\n'), saw('abcde'));
add('RFC 9112, 2.2', 'a bare LF behind a trailer', 'either', ended('X-A: b\n'), saw('abcde'));
add('RFC 9110, 5.5', 'NUL in a trailer', 'reject', ended('X-A: b\0\r\n'));
add('RFC 9110, 5.4', 'trailers larger than any server reads', 'reject', ended(`X-A: ${'a'.repeat(200_000)}\r\n`));
add(SIZE, 'a request in place of the trailers', 'reject', chunked('0\r\nGET /smuggled-%ID% HTTP/1.1\r\nHost: %ID%.test\r\n\r\n'));

export const chunk = probes;
