import { chunked, head, type SurfaceCase, simple, withBody } from '../surface-case.ts';

const JSON_TYPE = 'Content-Type: application/json';
const FORM_TYPE = 'Content-Type: application/x-www-form-urlencoded';
const CHUNKED = 'Transfer-Encoding: chunked';
const POST = { methods: ['POST'] };

const post = (title: string, path: string, body: string, ...lines: readonly string[]): SurfaceCase =>
  simple(title, withBody('POST', path, body, ...lines), POST);

const postChunked = (title: string, path: string, pieces: readonly string[], trailers: readonly string[] = []): SurfaceCase =>
  simple(title, head('POST', path, CHUNKED, ...(trailers.length > 0 ? ['Trailer: X-Sum'] : [])) + chunked(pieces, trailers), POST);

/** Request bodies and the ways apps read them. */
export const bodies: readonly SurfaceCase[] = [
  post('a JSON body', '/json', '{"a":[1,2,3]}', JSON_TYPE),
  post('a form body', '/form', 'a=1&b=two%20words&c=%C3%A9', FORM_TYPE),
  post('an echoed body', '/echo', 'some body'),
  post('an empty body with Content-Length: 0', '/echo', ''),
  postChunked('a chunked body', '/echo', ['one ', 'two ', 'three']),
  postChunked('an empty chunked body', '/echo', []),
  postChunked('a chunked body with trailers', '/echo', ['body'], ['X-Sum: abc', 'X-More: 1', 'x-more: 2']),
  simple('chunk extensions', `${head('POST', '/echo', CHUNKED)}4;ext=1\r\nbody\r\n0;last\r\n\r\n`, POST),
  simple('chunk sizes in capitals with leading zeros', `${head('POST', '/count', CHUNKED)}000A\r\n0123456789\r\n0\r\n\r\n`, POST),
  post('a body read by async iteration', '/count', 'x'.repeat(200_000)),
  post('a body read slowly', '/slow-count', 'x'.repeat(700_000)),
  post('a body read by events', '/events-body', 'read by events'),
  post('a body read with pause and resume', '/pause-resume', 'x'.repeat(400_000)),
  post('a body read by read()', '/readable', 'x'.repeat(200_000)),
  post('a body piped back', '/pipe', 'piped '.repeat(1_000)),
  postChunked('a chunked body through a pipeline', '/pipeline', ['upper ', 'case']),
  post('a body through a promised pipeline', '/pipeline-promise', 'promised'),
  post('a body nobody reads', '/ignore-body', 'ignored'),
  post('a large body nobody reads', '/ignore-body', 'i'.repeat(500_000)),
  postChunked('a chunked body nobody reads', '/ignore-body', ['ignored', 'too']),
  post('a body read after the answer', '/early-answer', 'late'),
  {
    title: 'a body that arrives in pieces',
    steps: [
      { send: head('POST', '/wait-body', 'Content-Length: 9') },
      { event: 'request' },
      { send: 'abc' },
      { event: 'request' },
      { send: 'def' },
      { event: 'request' },
      { send: 'ghi' },
    ],
    ...POST,
  },
  {
    title: 'a chunked body that arrives byte by byte',
    steps: [{ send: head('POST', '/echo', CHUNKED) }, ...[...chunked(['ab', 'c'], ['X-Sum: 1'])].map((byte) => ({ send: byte }))],
    ...POST,
  },
  simple('GET with a body', withBody('GET', '/echo', 'get body')),
  simple('DELETE with a chunked body', head('DELETE', '/echo', CHUNKED) + chunked(['gone']), { methods: ['DELETE'] }),
  simple('PUT with a body', withBody('PUT', '/echo', 'put body'), { methods: ['PUT'] }),
  simple('HEAD with a body', withBody('HEAD', '/hello', 'head body'), { methods: ['HEAD'] }),
  {
    title: 'the answer refuses the body and closes',
    steps: [{ send: `${head('POST', '/refuse-body', 'Content-Length: 100')}partial` }],
    ...POST,
  },
];
