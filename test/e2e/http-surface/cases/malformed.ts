import { HOST, head, type SurfaceCase, simple } from '../surface-case.ts';

const BAD = { ids: [], ignoresBody: true };
const bad = (title: string, bytes: string, methods: readonly string[] = ['GET']): SurfaceCase => simple(title, bytes, { ...BAD, methods });
const POST = ['POST'];

/** What is not HTTP/1.1. */
export const malformed: readonly SurfaceCase[] = [
  bad('a missing Host', 'GET /hello HTTP/1.1\r\n\r\n'),
  bad('an empty Host', 'GET /hello HTTP/1.1\r\nHost:\r\n\r\n'),
  bad('no request line', 'nonsense\r\n\r\n'),
  bad('a method nobody knows', `FROBNICATE /hello HTTP/1.1\r\n${HOST}\r\n\r\n`),
  bad('a lower-case method', `get /hello HTTP/1.1\r\n${HOST}\r\n\r\n`),
  bad('a space in the target', `GET /hel lo HTTP/1.1\r\n${HOST}\r\n\r\n`),
  bad('a space in a header name', head('GET', '/hello', 'Bad Name: x')),
  bad('a space before the colon', head('GET', '/hello', 'X-Bad : x')),
  bad('a header without a colon', head('GET', '/hello', 'nocolon')),
  bad('a header without a name', head('GET', '/hello', ': x')),
  bad('a NUL in a header value', head('GET', '/hello', 'X-Nul: a\0b')),
  bad('a bare CR in a header value', head('GET', '/hello', 'X-Cr: a\rb')),
  bad('a folded header line', head('GET', '/hello', 'X-Fold: a', ' b')),
  bad(
    'a header block larger than allowed',
    head('GET', '/hello', ...Array.from({ length: 20 }, (_, index) => `X-${index}: ${'x'.repeat(1_000)}`)),
  ),
  bad('a target longer than allowed', `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n\r\n`),
  bad(
    'Content-Length and Transfer-Encoding',
    `${head('POST', '/count', 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    POST,
  ),
  bad('two different Content-Lengths', `${head('POST', '/count', 'Content-Length: 4', 'Content-Length: 5')}body`, POST),
  bad('two equal Content-Lengths', `${head('POST', '/count', 'Content-Length: 4', 'Content-Length: 4')}body`, POST),
  bad('a Content-Length that is no number', `${head('POST', '/count', 'Content-Length: four')}body`, POST),
  bad('a negative Content-Length', head('POST', '/count', 'Content-Length: -1'), POST),
  bad('a Content-Length with a sign', `${head('POST', '/count', 'Content-Length: +4')}body`, POST),
  bad('a Transfer-Encoding nobody knows', `${head('POST', '/count', 'Transfer-Encoding: rot13')}body`, POST),
  bad('chunked that is not last', `${head('POST', '/count', 'Transfer-Encoding: chunked, gzip')}0\r\n\r\n`, POST),
  bad('chunked twice', `${head('POST', '/count', 'Transfer-Encoding: chunked, chunked')}0\r\n\r\n`, POST),
  bad('a chunk size that is no number', `${head('POST', '/count', 'Transfer-Encoding: chunked')}xyz\r\nbody\r\n0\r\n\r\n`, POST),
  bad('a chunk longer than its size', `${head('POST', '/count', 'Transfer-Encoding: chunked')}2\r\nbody\r\n0\r\n\r\n`, POST),
  bad('a huge chunk size', `${head('POST', '/count', 'Transfer-Encoding: chunked')}fffffffffffffffff\r\n`, POST),
  bad('binary noise', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'),
];
