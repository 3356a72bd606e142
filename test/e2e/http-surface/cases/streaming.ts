import { get, head, type SurfaceCase } from '../surface-case.ts';

/** Responses in pieces, trailers, interim responses, backpressure. */
export const streaming: readonly SurfaceCase[] = [
  get('three chunks', '/chunks'),
  get('chunks with pauses', '/chunks?n=5&slow=1'),
  get('large chunks', '/chunks?n=4&size=70000'),
  get('many small chunks', '/chunks?n=500&size=3'),
  get('strings, buffers and bytes mixed', '/mixed-writes'),
  get('corked writes', '/corked'),
  get('writes under a Content-Length', '/length-writes'),
  get('a write and an end in a later turn', '/write-then-end'),
  get('flushed headers', '/flush'),
  get('server-sent events', '/sse'),
  get('a compressed stream', '/gzip'),
  get('one big string', '/big-string'),
  get('trailers', '/trailers', 'TE: trailers'),
  get('trailers refused beside a Content-Length', '/trailers-refused'),
  get('early hints', '/early-hints'),
  get('early hints, processing, then the answer', '/early-hints-later'),
  get('100 sent twice by the app', '/continue-twice'),
  get('a megabyte with backpressure', '/backpressure?bytes=1000000'),
  {
    title: 'a client that stops reading for a while',
    steps: [{ read: false }, { send: head('GET', '/backpressure?bytes=8000000') }, { event: 'request' }, { read: true }],
  },
  {
    title: 'a client that reads the head, pauses and goes on',
    steps: [
      { send: head('GET', '/backpressure?bytes=3000000') },
      { until: /\r\n\r\n/ },
      { read: false },
      { event: 'request' },
      { read: true },
    ],
  },
];
