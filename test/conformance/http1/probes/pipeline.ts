import { group, post, request } from '../probe.ts';

const { probes, add } = group('pipeline');
const PIPE = 'RFC 9112, 9.3.2';
const get = (name: string, ...fields: string[]): string => request(`GET /${name}-%ID% HTTP/1.1`, fields);
const saw = (...names: string[]) => ({ sees: names.map((name) => ({ url: `/${name}-%ID%` })) });
const body = (text: string): string => post([`Content-Length: ${text.length}`], text);
const POSTED = { method: 'POST', body: 'abc' };

add(PIPE, 'two requests at once', 'accept', get('a') + get('b'), saw('a', 'b'));
add(
  PIPE,
  'twenty requests at once',
  'accept',
  Array.from({ length: 20 }, (_, i) => get(`n${i}`)).join(''),
  saw(...Array.from({ length: 20 }, (_, i) => `n${i}`)),
);
add(PIPE, 'a request with a body between two without', 'accept', get('a') + body('abc') + get('b'), {
  sees: [{ url: '/a-%ID%' }, POSTED, { url: '/b-%ID%' }],
});
add(
  PIPE,
  'chunks between two without',
  'accept',
  `${get('a')}${post(['Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n')}${get('b')}`,
  {
    sees: [{ url: '/a-%ID%' }, POSTED, { url: '/b-%ID%' }],
  },
);
add(PIPE, 'HEAD between two', 'accept', get('a') + request('HEAD /%ID% HTTP/1.1') + get('b'), {
  sees: [{ url: '/a-%ID%' }, { method: 'HEAD' }, { url: '/b-%ID%' }],
});
add(
  PIPE,
  'answers without a body between two',
  'accept',
  get('a') + request('GET /204/%ID% HTTP/1.1') + request('GET /304/%ID% HTTP/1.1') + get('b'),
  {
    sees: [{ url: '/a-%ID%' }, { url: '/204/%ID%' }, { url: '/304/%ID%' }, { url: '/b-%ID%' }],
  },
);
add(PIPE, 'an answer in chunks before one with a length', 'accept', request('GET /chunked/%ID% HTTP/1.1') + get('b'), {
  sees: [{ url: '/chunked/%ID%' }, { url: '/b-%ID%' }],
});
add(PIPE, 'three POSTs at once', 'accept', body('abc') + body('abc') + body('abc'), { sees: [POSTED, POSTED, POSTED] });
add('RFC 9112, 2.2', 'an empty line between two requests', 'either', `${get('a')}\r\n${get('b')}`, saw('a', 'b'));
add('RFC 9112, 6.3', 'bytes behind a body are the next request, good or not', 'reject', `${body('abc')}garbage\r\n\r\n`, {
  sees: [POSTED],
});
add('RFC 9112, 2.2', 'a bad request behind a good one', 'reject', `${get('a')}GET /b-%ID% HTTP/1.1\r\nHost : %ID%.test\r\n\r\n`, saw('a'));
add('RFC 9112, 9.6', 'requests behind one that closes are not read', 'accept', get('a') + get('b', 'Connection: close') + get('c'), {
  ...saw('a', 'b'),
  closes: true,
});
add('RFC 9112, 9.3', 'HTTP/1.0 behind HTTP/1.1 closes', 'accept', get('a') + request('GET /%ID% HTTP/1.0'), {
  sees: [{ url: '/a-%ID%' }, { version: '1.0' }],
  closes: true,
});
add(PIPE, 'cut within the second method', 'accept', [`${get('a')}GE`, get('b').slice(2)], saw('a', 'b'));
add(PIPE, 'cut within the line end of the first head', 'accept', [get('a').slice(0, -1), `\n${get('b')}`], saw('a', 'b'));
add(PIPE, 'cut between CR and LF of a chunk', 'accept', [post(['Transfer-Encoding: chunked'], '3\r\nabc\r'), '\n0\r', '\n\r', '\n'], {
  sees: [POSTED],
});
add('RFC 9112, 11.2', 'a body that holds a whole request', 'accept', body('GET /x HTTP/1.1\r\nHost: x\r\n\r\n'), {
  sees: [{ method: 'POST', body: 'GET /x HTTP/1.1\r\nHost: x\r\n\r\n' }],
});
add('RFC 9112, 11.2', 'a head within a value of another', 'accept', get('a', 'X-A: GET /smuggled HTTP/1.1'), {
  sees: [{ url: '/a-%ID%', has: [['X-A', 'GET /smuggled HTTP/1.1']] }],
});

export const pipeline = probes;
