import { get, head, type SurfaceCase, simple, withBody } from '../surface-case.ts';

const JSON_TYPE = 'Content-Type: application/json';
const POST = { methods: ['POST'] };

/** The frameworks' own ways; an app without them answers 404, which is compared as well. */
export const native: readonly SurfaceCase[] = [
  get('a framework route', '/native/hello'),
  get('a framework route as JSON', '/native/json'),
  get('a framework stream', '/native/stream'),
  get('a framework error', '/native/error'),
  get('a framework redirect', '/native/redirect'),
  get('a framework 404', '/native/none'),
  simple('HEAD of a framework route', head('HEAD', '/native/hello'), { methods: ['HEAD'] }),
  simple('a body parsed by the framework', withBody('POST', '/native/body', '{"a":1}', JSON_TYPE), POST),
  simple('a body the framework refuses', withBody('POST', '/native/body', '{"a":', JSON_TYPE), POST),
  simple('a conditional request', head('GET', '/native/hello', 'If-None-Match: W/"12-abc"')),
];
