import { get, head, type SurfaceCase, simple } from '../surface-case.ts';

/** What an app answers in one go. */
export const responses: readonly SurfaceCase[] = [
  get('a string body', '/hello'),
  get('an HTML page beyond ASCII', '/html'),
  get('a buffer with a length of its own', '/buffer'),
  get('an empty body', '/nothing'),
  get('a latin-1 body', '/latin1-body'),
  get('a base64 body', '/base64-body'),
  get('an answer after a wait', '/async'),
  get('the callback of end', '/end-callback'),
  get('the callbacks of write', '/write-callbacks'),
  ...['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'QUERY'].map((method) =>
    simple(`method ${method} without a body`, head(method, '/echo'), { methods: [method] }),
  ),
  simple('HEAD of a string body', head('HEAD', '/hello'), { methods: ['HEAD'] }),
  simple('HEAD of a streamed body', head('HEAD', '/chunks'), { methods: ['HEAD'] }),
  simple('HEAD with an explicit length', head('HEAD', '/buffer'), { methods: ['HEAD'] }),
  simple('HEAD of a handler that writes', head('HEAD', '/head-write'), { methods: ['HEAD'] }),
  simple('HEAD with an explicit transfer-encoding', head('HEAD', '/status-explicit-te?code=200'), { methods: ['HEAD'] }),
  ...[200, 201, 204, 205, 304, 404, 418, 500, 503].map((code) => get(`status ${code}`, `/status?code=${code}`)),
  get('204 of a handler that streams', '/status-chunked?code=204'),
  get('304 of a handler that streams', '/status-chunked?code=304'),
  get('404 of a handler that streams', '/status-chunked?code=404'),
  get('a reason of its own', '/status?code=200&reason=Quite%20Fine'),
  get('a status without a known reason', '/status?code=599'),
  get('an empty chunked body asked for by header', '/status-explicit-te?code=200'),
  get('what setHeader and writeHead refuse', '/header-errors'),
];
