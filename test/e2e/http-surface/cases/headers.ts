import { get, HOST, head, type SurfaceCase, simple } from '../surface-case.ts';

/** Headers in both directions. */
export const headers: readonly SurfaceCase[] = [
  get('lists, cookies, appended and removed headers', '/headers'),
  get('a raw header array with a reason', '/raw-header-array'),
  get('a latin-1 header before a string', '/latin1-header'),
  get('a latin-1 header before a buffer', '/latin1-header-buffer'),
  get('no Date', '/no-date'),
  get('a Date and a Server of the app', '/own-date'),
  get('big response headers', '/big-headers'),
  get('Connection: close by the app', '/close-header'),
  get('Connection and Keep-Alive by the app', '/keep-alive-header'),
  get('shouldKeepAlive set to false', '/should-not-keep'),
  get('a removed Content-Length', '/removed-length'),
  get('duplicate request headers', '/echo', 'X-Dup: 1', 'x-dup: 2', 'Accept: a', 'Accept: b', 'User-Agent: one', 'User-Agent: two'),
  get('cookies in several lines', '/echo', 'Cookie: a=1', 'Cookie: b=2'),
  get('latin-1 bytes in a request header', '/echo', 'X-Latin: caf\u00e9 \u00ff'),
  get('header values with spaces and tabs around', '/echo', 'X-Space:  \t padded \t ', 'X-Empty:', 'X-Colon: a:b:c'),
  get('odd header names', '/echo', "X-!#$%&'*+.^_`|~: odd", '0: zero'),
  get('many request headers', '/echo', ...Array.from({ length: 60 }, (_, index) => `X-Many-${index}: ${index}`)),
  get('a big request header', '/echo', `X-Big: ${'b'.repeat(8_000)}`),
  get('TE and Connection of the client', '/echo', 'TE: trailers', 'Connection: TE, keep-alive'),
  get('Upgrade that nobody takes', '/echo', 'Connection: Upgrade', 'Upgrade: lap/1'),
  get('forwarded headers of the client itself', '/hello', 'X-Forwarded-For: 10.0.0.1', 'X-Forwarded-Proto: https'),
  simple('request header case and order', `GET /echo HTTP/1.1\r\nhOST: app.test\r\nX-CASE: %CASE%\r\nzeta: 1\r\nAlpha: 2\r\n\r\n`),
  simple('a Host with a port', head('GET', '/echo').replace(HOST, 'Host: app.test:8080')),
  simple('request lines ended by LF alone after an empty line', `\r\nGET /hello HTTP/1.1\r\n${HOST}\r\n\r\n`, { ids: [] }),
];
