import { get, HOST, head, type SurfaceCase, simple } from '../surface-case.ts';

/** Where Node and Baton answer differently on purpose. Both answers are asserted, so that none of these changes unnoticed. */
export interface KnownDifference {
  readonly case: SurfaceCase;
  readonly reason: string;
  /** Status and Connection of each response, then what became of the connection. */
  readonly direct: string;
  readonly baton: string;
}

const POST = { methods: ['POST'], ids: [] };

export const DIFFERENCES: readonly KnownDifference[] = [
  {
    case: get('a Connection list by the app', '/connection-list'),
    reason: 'Connection belongs to one hop: what the app lists there means nothing to the client of the adapter',
    direct: '200 x-hop, close; closed',
    baton: '200 close; closed',
  },
  {
    case: get('no Content-Length and no Transfer-Encoding', '/removed-both'),
    reason: 'Node announces keep-alive and closes; Baton announces that it closes',
    direct: '200 keep-alive; closed',
    baton: '200 close; closed',
  },
  {
    case: simple('two Hosts', `GET /hello HTTP/1.1\r\n${HOST}\r\n${HOST}\r\n\r\n`, { ids: [] }),
    reason: 'RFC 9112 3.2 demands 400; a router must not guess which one counts',
    direct: '200 keep-alive; reusable',
    baton: '400 close; closed',
  },
  {
    case: simple('a version nobody knows', `GET /hello HTTP/3.7\r\n${HOST}\r\n\r\n`, { ids: [] }),
    reason: 'RFC 9110 15.6.6 has a status of its own for it',
    direct: '400 close; closed',
    baton: '505 close; closed',
  },
  {
    case: simple('no version', `GET /hello\r\n${HOST}\r\n\r\n`, { ids: [] }),
    reason: 'HTTP/0.9 is not HTTP/1.1 any more',
    direct: '200 close; closed',
    baton: '400 close; closed',
  },
  {
    case: simple('a bad request behind a good one', `GET /hello HTTP/1.1\r\n${HOST}\r\n\r\nnonsense\r\n\r\n`, {
      methods: ['GET', 'GET'],
      ids: [],
    }),
    reason: 'Node cuts the connection because the first response is still being finished; Baton says what was wrong',
    direct: '200 keep-alive; closed',
    baton: '200 keep-alive; 400 close; closed',
  },
  {
    case: simple('CONNECT', `CONNECT app.test:80 HTTP/1.1\r\n${HOST}\r\n\r\n`, { methods: ['CONNECT'], ids: [] }),
    reason: 'Node cuts the connection of an app without a listener; Baton says that it is no proxy',
    direct: 'closed',
    baton: '501 close; closed',
  },
  {
    case: {
      title: 'a client that closes within its body',
      steps: [{ send: `${head('POST', '/wait-body', 'Content-Length: 100')}abc` }, { event: 'request' }, { fin: true }],
      ...POST,
    },
    reason: 'Node takes the end for a parse error and answers it; for Baton the client has left',
    direct: '400 close; left',
    baton: 'left',
  },
  {
    case: simple('early hints to an HTTP/1.0 client', 'GET /early-hints HTTP/1.0\r\nX-Case: %CASE%\r\n\r\n', { ids: [] }),
    reason: 'RFC 9110 15.2: no 1xx to an HTTP/1.0 client',
    direct: '103 200 close; closed',
    baton: '200 close; closed',
  },
];
