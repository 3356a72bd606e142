import { group, post } from '../probe.ts';

const { probes, add } = group('te');
const TE = 'RFC 9112, 6.1';
const LAST = 'RFC 9112, 6.3';
const BODY = '5\r\nabcde\r\n0\r\n\r\n';
const saw = (body: string) => ({ sees: [{ method: 'POST', body }] });
const of = (value: string, body = BODY): string => post([`Transfer-Encoding: ${value}`], body);

add('RFC 9112, 7.1', 'chunked', 'accept', of('chunked'), saw('abcde'));
add('RFC 9112, 7', 'Chunked in another case', 'accept', of('ChUnKeD'), saw('abcde'));
add('RFC 9112, 5.1', 'white space before chunked', 'accept', of('  chunked'), saw('abcde'));
add('RFC 9112, 5.1', 'a space behind chunked', 'accept', of('chunked '), saw('abcde'));
add('RFC 9112, 5.1', 'a tab behind chunked', 'either', of('chunked\t'), saw('abcde'));
add('RFC 9112, 5.1', 'a tab before chunked', 'either', of('\tchunked'), saw('abcde'));
add(TE, 'chunked twice in a list', 'reject', of('chunked, chunked'));
add(TE, 'chunked twice in two fields', 'reject', post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], BODY));
add(TE, 'a coding below chunked that is not served', 'either', of('gzip, chunked'), { ...saw('abcde'), refusals: [400, 415, 501] });
add(LAST, 'chunked not last', 'reject', of('chunked, gzip'), { refusals: [400, 501] });
add(LAST, 'chunked not last, in two fields', 'reject', post(['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'], BODY));
add(LAST, 'no chunked', 'reject', of('gzip'), { refusals: [400, 501] });
add(LAST, 'identity', 'reject', of('identity'), { refusals: [400, 501] });
add(LAST, 'identity behind chunked in a second field', 'reject', post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], BODY));
add(
  LAST,
  'identity before chunked in a second field',
  'either',
  post(['Transfer-Encoding: identity', 'Transfer-Encoding: chunked'], BODY),
  saw('abcde'),
);
add(LAST, 'xchunked', 'reject', of('xchunked'));
add(LAST, 'chunkedx', 'reject', of('chunkedx'));
add(LAST, 'chunked in quotes', 'reject', of('"chunked"'));
add(LAST, 'chunk', 'reject', of('chunk'));
add('RFC 9112, 7', 'chunked with a parameter', 'either', of('chunked;q=0'), saw('abcde'));
add(LAST, 'a vertical tab before chunked', 'reject', of('\x0bchunked'));
add(LAST, 'a vertical tab behind chunked', 'reject', of('chunked\x0b'));
add(LAST, 'a byte beyond ASCII behind chunked', 'reject', of('chunked\xa0'));
add(LAST, 'NUL behind chunked', 'reject', of('chunked\0'));
add(LAST, 'an empty Transfer-Encoding', 'reject', of(''));
add('RFC 9110, 5.6.1.2', 'an empty list element before chunked', 'either', of(', chunked'), saw('abcde'));
add('RFC 9110, 5.6.1.2', 'an empty list element behind chunked', 'either', of('chunked,'), saw('abcde'));
add('RFC 9112, 5.2', 'chunked in a folded line', 'either', of('\r\n chunked'), saw('abcde'));
add(
  'RFC 9112, 5.2',
  'a Transfer-Encoding folded away behind another field',
  'either',
  post(['X-A: b\r\n Transfer-Encoding: chunked']),
  saw(''),
);
add('RFC 9112, 5.1', 'a space before the colon', 'reject', post(['Transfer-Encoding : chunked'], BODY), { refusals: [400] });
add(
  'RFC 9110, 5.1',
  'Transfer_Encoding is another field',
  'accept',
  post(['Transfer_Encoding: chunked', 'Content-Length: 3'], 'abc'),
  saw('abc'),
);
add('RFC 9112, 2.2', 'a bare LF before Transfer-Encoding', 'either', post(['X-A: b\nTransfer-Encoding: chunked'], BODY), saw('abcde'));
add('RFC 9112, 2.2', 'a bare CR before Transfer-Encoding', 'reject', post(['X-A: b\rTransfer-Encoding: chunked'], BODY));
add('RFC 9110, 5.1', 'NUL in the name', 'reject', post(['Transfer-Encoding\0: chunked'], BODY));
const SHORT = '0\r\n\r\n';
const both = { sees: [{ method: 'POST' }], closes: true };
add(TE, 'Content-Length before Transfer-Encoding', 'either', post(['Content-Length: 4', 'Transfer-Encoding: chunked'], SHORT), both);
add(TE, 'Content-Length behind Transfer-Encoding', 'either', post(['Transfer-Encoding: chunked', 'Content-Length: 4'], SHORT), both);
add(TE, 'Content-Length 0 beside Transfer-Encoding', 'either', post(['Content-Length: 0', 'Transfer-Encoding: chunked'], SHORT), both);
add(
  TE,
  'Content-Length that reaches over the tail beside Transfer-Encoding',
  'either',
  post(['Content-Length: 60', 'Transfer-Encoding: chunked'], SHORT),
  both,
);
add(
  LAST,
  'Content-Length beside a coding that is not chunked',
  'reject',
  post(['Content-Length: 3', 'Transfer-Encoding: identity'], 'abc'),
);
add(LAST, 'Content-Length beside xchunked', 'reject', post(['Content-Length: 3', 'Transfer-Encoding: xchunked'], 'abc'));
add(LAST, 'Content-Length beside an empty Transfer-Encoding', 'reject', post(['Content-Length: 3', 'Transfer-Encoding:'], 'abc'));
const old = (fields: readonly string[], body: string): string => post(fields, body).replace('HTTP/1.1', 'HTTP/1.0');
const oldSaw = (body: string) => ({ sees: [{ method: 'POST', version: '1.0', body }], closes: true });
add(TE, 'Transfer-Encoding of HTTP/1.0', 'either', old(['Transfer-Encoding: chunked'], BODY), oldSaw('abcde'));
add(
  TE,
  'Transfer-Encoding of HTTP/1.0 that would be kept',
  'either',
  old(['Connection: keep-alive', 'Transfer-Encoding: chunked'], BODY),
  oldSaw('abcde'),
);
add(
  TE,
  'Transfer-Encoding of HTTP/1.0 with a length',
  'either',
  old(['Content-Length: 5', 'Transfer-Encoding: chunked', 'Connection: keep-alive'], SHORT),
  oldSaw(''),
);
add(TE, 'GET with chunked', 'either', of('chunked').replace('POST', 'GET'), { sees: [{ body: 'abcde' }] });
add(
  'RFC 9110, 7.6.1',
  'Connection that names Transfer-Encoding',
  'either',
  post(['Connection: Transfer-Encoding', 'Transfer-Encoding: chunked'], BODY),
  saw('abcde'),
);
add('RFC 9110, 10.1.4', 'TE frames nothing', 'accept', post(['TE: trailers, chunked', 'Content-Length: 3'], 'abc'), saw('abc'));

export const transferEncoding = probes;
