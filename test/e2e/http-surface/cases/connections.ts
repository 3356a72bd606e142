import { get, HOST, head, type SurfaceCase, simple, withBody } from '../surface-case.ts';

const bare = (path: string, ...lines: readonly string[]): string => [`GET ${path} HTTP/1.1`, HOST, ...lines, '', ''].join('\r\n');
const old = (path: string, ...lines: readonly string[]): string =>
  [`GET ${path} HTTP/1.0`, 'X-Case: %CASE%', ...lines, '', ''].join('\r\n');

const three = bare('/hello') + bare('/chunks') + bare('/buffer');
const THREE = { methods: ['GET', 'GET', 'GET'], ids: [] };

/** Keep-alive, pipelining, HTTP/1.0. */
export const connections: readonly SurfaceCase[] = [
  simple('three requests in one segment', three, THREE),
  ...[1, 7, 30, 60].map(
    (size): SurfaceCase => ({
      title: `three requests cut into pieces of ${size} bytes`,
      steps: (three.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []).map((send) => ({ send })),
      ...THREE,
    }),
  ),
  simple('pipelined requests with bodies', withBody('POST', '/count', 'abc') + withBody('POST', '/count', 'defgh') + bare('/hello'), {
    methods: ['POST', 'POST', 'GET'],
    ids: [],
  }),
  simple('pipelined answers keep their order', bare('/async') + bare('/hello') + bare('/async'), THREE),
  simple('a pipelined HEAD among GETs', bare('/hello') + head('HEAD', '/hello') + bare('/hello'), {
    methods: ['GET', 'HEAD', 'GET'],
    ids: [],
  }),
  simple('requests behind Connection: close are not answered', bare('/hello', 'Connection: close') + bare('/hello'), { ids: [] }),
  simple('requests behind a closing answer are not answered', bare('/close-header') + bare('/hello'), { ids: [] }),
  {
    title: 'one after the other on one connection',
    steps: [
      { send: bare('/hello') },
      { until: /hello world$/ },
      { send: bare('/chunks') },
      { until: /0\r\n\r\n$/ },
      { send: bare('/nothing') },
    ],
    ...THREE,
  },
  get('Connection: close by the client', '/hello', 'Connection: close'),
  get('Connection: close by the client, streamed', '/chunks', 'Connection: close'),
  get('Connection: keep-alive by the client', '/hello', 'Connection: keep-alive'),
  get('Connection: CLOSE in capitals', '/hello', 'Connection: CLOSE'),
  simple('HTTP/1.0', old('/hello')),
  simple('HTTP/1.0 streamed', old('/chunks')),
  simple('HTTP/1.0 with keep-alive', old('/hello', 'Connection: keep-alive')),
  simple('HTTP/1.0 with keep-alive and a length of the app', old('/buffer', 'Connection: keep-alive')),
  simple('HTTP/1.0 with keep-alive, streamed', old('/chunks', 'Connection: keep-alive')),
  simple('HTTP/1.0 with keep-alive and no body', old('/status?code=204', 'Connection: keep-alive')),
  simple('HTTP/1.0 echo', old('/echo')),
  get('what the app finds on its socket', '/socket'),
  get("'close' of the socket", '/socket-close'),
  simple('a body that ends with the connection is not a request body', head('POST', '/echo'), { methods: ['POST'] }),
];
