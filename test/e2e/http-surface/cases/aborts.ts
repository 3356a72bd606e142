import { get, head, type SurfaceCase, simple } from '../surface-case.ts';

const CHUNKED = 'Transfer-Encoding: chunked';
const POST = { methods: ['POST'] };

/** Clients and apps that end things before they are over, and time that runs out. */
export const aborts: readonly SurfaceCase[] = [
  { title: 'a client that resets while it waits', steps: [{ send: head('GET', '/wait') }, { event: 'request' }, { reset: true }] },
  { title: 'a client that closes while it waits', steps: [{ send: head('GET', '/wait') }, { event: 'request' }, { fin: true }] },
  {
    title: 'a client that resets within its body',
    steps: [{ send: `${head('POST', '/wait-body', 'Content-Length: 100')}abc` }, { event: 'request' }, { reset: true }],
    ...POST,
  },
  {
    title: 'a client that resets within a chunked body',
    steps: [{ send: `${head('POST', '/wait-body', CHUNKED)}5\r\nab` }, { event: 'request' }, { reset: true }],
    ...POST,
  },
  {
    title: 'a client that resets within a body nobody reads',
    steps: [{ send: `${head('POST', '/wait-unread', 'Content-Length: 100')}abc` }, { event: 'request' }, { reset: true }],
    ...POST,
  },
  {
    title: 'a client that resets after the response head',
    steps: [{ send: head('GET', '/wait-head') }, { until: /waiting/ }, { reset: true }],
  },
  {
    title: 'a client that resets during a stream',
    steps: [{ send: head('GET', '/backpressure?bytes=30000000') }, { until: /bbbb/ }, { read: false }, { reset: true }],
  },
  {
    title: 'a client that resets a piped body',
    steps: [{ send: `${head('POST', '/pipeline', CHUNKED)}5\r\nabcde\r\n` }, { until: /ABCDE/ }, { reset: true }],
    ...POST,
  },
  { title: 'request.signal when the client leaves', steps: [{ send: head('GET', '/signal-wait') }, { event: 'request' }, { reset: true }] },
  { title: 'writes after the client left', steps: [{ send: head('GET', '/write-after-close') }, { event: 'request' }, { reset: true }] },
  get('request.signal of a request that ends well', '/signal'),
  get('response.destroy before a head', '/destroy'),
  get('response.destroy with an error', '/destroy-error'),
  get('request.destroy', '/destroy-request'),
  get('socket.destroy', '/destroy-socket'),
  get('response.destroy after a part of the length', '/destroy-after-head'),
  get('socket.destroy between chunks', '/destroy-chunked'),
  get('response.destroy after the end', '/destroy-after-end'),
  simple('response.destroy while a body comes', `${head('POST', '/destroy', 'Content-Length: 10')}abc`, POST),
  get('a response timeout', '/response-timeout'),
  get('a socket timeout that nobody hears', '/socket-timeout'),
  get('a socket timeout taken back', '/timeout-cleared'),
  simple('a request timeout within the body', `${head('POST', '/request-timeout', 'Content-Length: 10')}abc`, POST),
];
