import { get, HOST, head, type SurfaceCase, simple } from '../surface-case.ts';

/** Request targets. */
export const targets: readonly SurfaceCase[] = [
  get('a query', '/echo?a=1&b=2&b=3&c'),
  get('percent escapes', '/echo?x=%20%2F%00%ff%zz'),
  get('odd characters in a path', '/echo?!$&\'()*+,;=:@-._~|{}[]^`\\"'),
  get('a double slash and dots', '/a//b/../c/./d'),
  get('an empty query', '/echo?'),
  get('a fragment sign', '/echo?a#b'),
  get('a long URL', `/echo?long=${'l'.repeat(6_000)}`),
  simple('latin-1 bytes in a URL', head('GET', '/echo?x=\u00e9\u00ff'), { ids: [], ignoresBody: true }),
  simple('OPTIONS *', head('OPTIONS', '*'), { methods: ['OPTIONS'] }),
  simple('an absolute-form target', head('GET', 'http://app.test/echo?a=1')),
  simple('an absolute-form target for another host than Host', head('GET', 'http://other.test/echo').replace(HOST, 'Host: app.test')),
  get('a path nobody knows', '/no-such-path'),
];
