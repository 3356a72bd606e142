import { group, post, request } from '../probe.ts';

const { probes, add } = group('connection');
const KEEP = 'RFC 9112, 9.3';
const CLOSE = 'RFC 9112, 9.6';
const EXPECT = 'RFC 9110, 10.1.1';
const UPGRADE = 'RFC 9110, 7.8';
const get = (...fields: string[]): string => request('GET /%ID% HTTP/1.1', fields);
const old = (...fields: string[]): string => request('GET /%ID% HTTP/1.0', fields);
const OLD = { sees: [{ version: '1.0' }] };
/** Where the app gives a length, HTTP/1.0 can be kept. */
const kept = (...fields: string[]): string => request('GET /length/%ID% HTTP/1.0', fields);
const KEPT = { sees: [{ version: '1.0', url: '/length/%ID%' }] };

add(KEEP, 'HTTP/1.1 stays open', 'accept', get());
add(CLOSE, 'close', 'accept', get('Connection: close'), { closes: true });
add('RFC 9110, 7.6.1', 'close in another case', 'accept', get('Connection: CLOSE'), { closes: true });
add('RFC 9110, 7.6.1', 'close in a list', 'accept', get('Connection: x-a ,\tclose , x-b'), { closes: true });
add('RFC 9110, 5.6.1.2', 'close behind empty list elements', 'accept', get('Connection: ,, close'), { closes: true });
add('RFC 9110, 5.3', 'close in a second field', 'accept', get('Connection: x-a', 'Connection: close'), { closes: true });
add(KEEP, 'close beside keep-alive', 'accept', get('Connection: keep-alive, close'), { closes: true });
add('RFC 9110, 7.6.1', 'closed is another option', 'accept', get('Connection: closed'));
add(KEEP, 'HTTP/1.0 closes', 'accept', old(), { ...OLD, closes: true });
add(KEEP, 'HTTP/1.0 with keep-alive', 'either', kept('Connection: keep-alive'), KEPT);
add(KEEP, 'HTTP/1.0 with Keep-Alive in capitals', 'either', kept('Connection: Keep-Alive'), KEPT);
add(KEEP, 'HTTP/1.0 with keep-alive and close', 'accept', old('Connection: keep-alive, close'), { ...OLD, closes: true });
add('RFC 9112, C.2.2', 'Proxy-Connection means nothing', 'accept', old('Proxy-Connection: keep-alive'), { ...OLD, closes: true });
add('RFC 9110, 7.6.1', 'Connection that names Host', 'either', get('Connection: Host'), { sees: [{ has: [['Host', '%ID%.test']] }] });
add('RFC 9110, 7.6.1', 'Connection that names Content-Length', 'either', post(['Connection: Content-Length', 'Content-Length: 3'], 'abc'), {
  sees: [{ method: 'POST', body: 'abc' }],
});
add(
  CLOSE,
  'a request behind close is not read',
  'accept',
  `${get('Connection: close')}GET /smuggled-%ID% HTTP/1.1\r\nHost: %ID%.test\r\n\r\n`,
  { closes: true },
);
add(CLOSE, 'the answer says close', 'accept', get('Connection: close'), {
  closes: true,
  check: ([answer]) =>
    answer?.headers.connection?.[0]?.toLowerCase() === 'close' ? undefined : 'expected Connection: close in the answer',
});
add(KEEP, 'a client that ends its half is still answered', 'accept', get(), { hasTail: false, fin: true });
add('RFC 9112, 8', 'a head that breaks off is no request', 'reject', 'GET /%ID% HTTP/1.1\r\nHost: %ID%.test\r\n', {
  hasTail: false,
  fin: true,
});
add('RFC 9112, 8', 'a request line that breaks off is no request', 'reject', 'GET /%ID% HTTP/1.1\r\n', { hasTail: false, fin: true });

const continued: NonNullable<Parameters<typeof add>[4]> = {
  sees: [{ method: 'POST', body: 'abc' }],
  check: ([answer]) => (answer?.interim.every(({ status }) => status === 100) ? undefined : 'an interim answer other than 100'),
};
const expecting = (value: string, version = '1.1'): string =>
  post([`Expect: ${value}`, 'Content-Length: 3'], 'abc').replace('HTTP/1.1', `HTTP/${version}`);
add(EXPECT, '100-continue with its body at once', 'accept', expecting('100-continue'), continued);
add(EXPECT, '100-continue in another case', 'accept', expecting('100-CONTINUE'), continued);
add(EXPECT, '100-continue with its body later', 'accept', [post(['Expect: 100-continue', 'Content-Length: 3']), 'abc'], continued);
add(EXPECT, '100-continue without a body', 'accept', get('Expect: 100-continue'));
add(EXPECT, '100-continue of HTTP/1.0 is ignored', 'accept', expecting('100-continue', '1.0'), {
  sees: [{ method: 'POST', body: 'abc', version: '1.0' }],
  closes: true,
  check: ([answer]) => (answer?.interim.length === 0 ? undefined : 'an interim answer to HTTP/1.0'),
});
add(EXPECT, 'another expectation', 'either', expecting('200-ok'), {
  sees: [{ method: 'POST', body: 'abc' }],
  mayStay: true,
  refusals: [417],
});
add(
  EXPECT,
  '100-continue with chunks',
  'accept',
  post(['Expect: 100-continue', 'Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'),
  continued,
);

const ignored = {
  check: ([answer]: readonly { status: number }[]) => (answer?.status === 101 ? '101 without an app that switches' : undefined),
};
const WS = ['Connection: Upgrade', 'Upgrade: websocket', 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
add(UPGRADE, 'an upgrade that the app does not take', 'either', get(...WS), { ...ignored, mayStay: true });
add(
  UPGRADE,
  'an upgrade to h2c',
  'either',
  get('Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA'),
  {
    ...ignored,
    mayStay: true,
  },
);
add(UPGRADE, 'Upgrade that Connection does not name', 'accept', get('Upgrade: websocket'), ignored);
add(UPGRADE, 'Upgrade of HTTP/1.0 is ignored', 'accept', old(...WS), { ...OLD, ...ignored, closes: true });
add(UPGRADE, 'an upgrade with a body', 'either', post(['Connection: Upgrade', 'Upgrade: foo/1', 'Content-Length: 3'], 'abc'), {
  ...ignored,
  sees: [{ method: 'POST', body: 'abc' }],
  mayStay: true,
});
add(
  UPGRADE,
  'an upgrade with chunks',
  'either',
  post(['Connection: Upgrade', 'Upgrade: foo/1', 'Transfer-Encoding: chunked'], '3\r\nabc\r\n0\r\n\r\n'),
  {
    ...ignored,
    sees: [{ method: 'POST', body: 'abc' }],
    mayStay: true,
  },
);
add(UPGRADE, 'an upgrade to a name that is no token', 'either', get('Connection: Upgrade', 'Upgrade: a b'), { ...ignored, mayStay: true });

export const connection = probes;
