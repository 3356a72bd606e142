import { group, post } from '../probe.ts';

const { probes, add } = group('length');
const FORM = 'RFC 9110, 8.6';
const MANY = 'RFC 9112, 6.3';
const saw = (body: string) => ({ sees: [{ method: 'POST', body }] });
const of = (value: string, body = 'abcde'): string => post([`Content-Length: ${value}`], body);
const smuggled = 'GET /smuggled-%ID% HTTP/1.1\r\nHost: %ID%.test\r\n\r\n';

add(FORM, 'a length', 'accept', of('5'), saw('abcde'));
add(FORM, 'the length 0', 'accept', of('0', ''), saw(''));
add(FORM, 'zeros before the length', 'accept', of('005'), saw('abcde'));
add(FORM, 'the name in another case', 'accept', post(['cONTENT-lENGTH: 5'], 'abcde'), saw('abcde'));
add(FORM, 'white space around the length', 'accept', of(' \t5 \t'), saw('abcde'));
add(FORM, 'a body that looks like a request', 'accept', of('20', 'GET /x HTTP/1.1\r\n\r\na'), saw('GET /x HTTP/1.1\r\n\r\na'));
for (const [title, value] of [
  ['a plus sign', '+5'],
  ['a minus sign', '-5'],
  ['hexadecimal', '0x5'],
  ['a fraction', '5.0'],
  ['an exponent', '5e0'],
  ['an empty length', ''],
  ['a word', 'five'],
  ['a space within', '1 0'],
  ['a vertical tab behind', '5\x0b'],
  ['a parameter', '5;a=b'],
  ['quotes', '"5"'],
  ['a byte beyond ASCII', '5\xa0'],
  ['NUL behind', '5\0'],
  ['an underscore', '1_0'],
] as const)
  add(MANY, `${title}: not a length`, 'reject', of(value), { refusals: [400] });
add(FORM, 'a length beyond 2^64', 'reject', of('18446744073709551621'));
add(FORM, 'a length of a hundred digits', 'reject', of('9'.repeat(100)));
add(MANY, 'a list of the same length twice', 'either', of('5,5'), saw('abcde'));
add(MANY, 'a list of two lengths', 'reject', of('5, 6'), { refusals: [400] });
add(MANY, 'the same length in two fields', 'either', post(['Content-Length: 5', 'Content-Length: 5'], 'abcde'), saw('abcde'));
add(MANY, 'two lengths in two fields', 'reject', post(['Content-Length: 5', 'Content-Length: 6'], 'abcde'), { refusals: [400] });
add(MANY, 'two lengths, the first 0', 'reject', post(['Content-Length: 0', `Content-Length: ${smuggled.length}`], smuggled), {
  refusals: [400],
});
add(MANY, 'two lengths, the second empty', 'reject', post(['Content-Length: 5', 'Content-Length:'], 'abcde'), { refusals: [400] });
add('RFC 9112, 5.2', 'a length in a folded line', 'either', post(['Content-Length:\r\n 5'], 'abcde'), saw('abcde'));
add('RFC 9112, 5.2', 'a length folded away behind another field', 'either', post(['X-A: b\r\n Content-Length: 5']), saw(''));
add('RFC 9110, 5.1', 'Content_Length is another field', 'accept', post(['Content_Length: 5']), saw(''));
add(
  'RFC 9112, 6.3',
  'the length of another message in a field of another name',
  'accept',
  post(['X-Content-Length: 50', 'Content-Length: 5'], 'abcde'),
  saw('abcde'),
);
add('RFC 9112, 6.3', 'a length of GET frames the bytes behind it', 'either', post(['Content-Length: 3'], 'abc').replace('POST', 'GET'), {
  sees: [{ body: 'abc' }],
});
add('RFC 9112, 8', 'a body shorter than its length, then the end', 'reject', of('50', 'abc'), { hasTail: false, fin: true });
add(FORM, 'a body that comes byte by byte', 'accept', [post(['Content-Length: 5']), 'a', 'b', 'c', 'd', 'e'], saw('abcde'));
add(FORM, 'a body of a megabyte', 'accept', of('1000000', 'x'.repeat(1_000_000)), saw('x'.repeat(1_000_000)));

export const contentLength = probes;
