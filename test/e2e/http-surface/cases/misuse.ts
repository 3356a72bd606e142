import { get, head, type SurfaceCase, simple } from '../surface-case.ts';

/** Apps that use a response wrongly. */
export const misuse: readonly SurfaceCase[] = [
  get('end twice', '/end-twice'),
  get('end twice with data', '/end-twice-data'),
  get('write after end', '/write-after-end'),
  get('a header after the head was sent', '/header-after-send'),
  get('writeHead twice', '/write-head-twice'),
  get('a write beyond a strict Content-Length', '/strict-length'),
  get('a write of null', '/write-null'),
  get('a write of a number', '/write-number'),
  // Node hears that this client is gone when it closes, Baton when the response is out: the app's events are left out.
  simple('a response written on the socket by hand', head('GET', '/raw-response'), { ids: [] }),
];
