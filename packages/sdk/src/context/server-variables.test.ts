import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { SERVER_VARIABLES } from './server-variables.ts';
import { inContext } from './testing/in-context.ts';
import { get } from './testing/serve-module.ts';

const FIELDS = 'X-Name: you\r\nX-Name: me\r\nX_Odd: odd\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n';
const REQUEST = `${get('/a/b%20c.txt?x=1&y=2', FIELDS).replace('GET', 'POST')}ab`;

const VARIABLES: readonly [name: string, value: string | RegExp | undefined][] = [
  ['ALL_HTTP', /^HTTP_HOST:shop\.test\n/],
  ['ALL_RAW', /^Host: shop\.test\r\n/],
  ['APP_POOL_ID', 'pool'],
  ['APPL_MD_PATH', 'apps/shop'],
  ['APPL_PHYSICAL_PATH', '/srv/shop/'],
  ['AUTH_TYPE', ''],
  ['AUTH_USER', ''],
  ['CACHE_URL', /^http:\/\/shop\.test:\d+\/a\/b%20c\.txt\?x=1&y=2$/],
  ['CERT_ISSUER', ''],
  ['CERT_SERIALNUMBER', ''],
  ['CERT_SUBJECT', ''],
  ['CONTENT_LENGTH', '2'],
  ['CONTENT_TYPE', 'text/plain'],
  ['GATEWAY_INTERFACE', 'CGI/1.1'],
  ['HTTP_METHOD', 'POST'],
  ['HTTP_URL', '/a/b%20c.txt?x=1&y=2'],
  ['HTTP_VERSION', 'HTTP/1.1'],
  ['HTTPS', 'off'],
  ['INSTANCE_ID', 'site'],
  ['LOCAL_ADDR', '127.0.0.1'],
  ['LOGON_USER', ''],
  ['PATH_INFO', '/a/b%20c.txt'],
  ['PATH_TRANSLATED', '/srv/shop/a/b c.txt'],
  ['QUERY_STRING', 'x=1&y=2'],
  ['REMOTE_ADDR', '127.0.0.1'],
  ['REMOTE_HOST', '127.0.0.1'],
  ['REMOTE_PORT', /^[1-9]\d*$/],
  ['REMOTE_USER', ''],
  ['REQUEST_METHOD', 'POST'],
  ['SCRIPT_NAME', '/a/b%20c.txt'],
  ['SCRIPT_TRANSLATED', '/srv/shop/a/b c.txt'],
  ['SERVER_NAME', 'shop.test'],
  ['SERVER_PORT', /^[1-9]\d*$/],
  ['SERVER_PORT_SECURE', '0'],
  ['SERVER_PROTOCOL', 'HTTP/1.1'],
  ['SERVER_SOFTWARE', 'Baton'],
  ['UNENCODED_URL', '/a/b%20c.txt?x=1&y=2'],
  ['UNMAPPED_REMOTE_USER', ''],
  ['URL', '/a/b%20c.txt'],
];

suite('server variables', () => {
  test('that have a meaning are all in the table of this test', () => {
    assert.deepEqual(Object.keys(SERVER_VARIABLES).toSorted(), VARIABLES.map(([name]) => name).toSorted());
  });

  test('have their values', async () => {
    const values = await inContext((context) => VARIABLES.map(([name]) => context.getServerVariable(name)), REQUEST);
    for (const [index, [name, expected]] of VARIABLES.entries())
      if (expected instanceof RegExp) assert.match(values[index] ?? '', expected, name);
      else assert.equal(values[index], expected, name);
  });

  const NAMES: readonly [name: string, value: string | undefined][] = [
    ['HTTP_X_NAME', 'you, me'],
    ['http_x_name', 'you, me'],
    ['HEADER_X-Name', 'you, me'],
    ['HEADER_X_Odd', 'odd'],
    ['HTTP_X_ODD', undefined],
    ['UNICODE_HTTP_X_NAME', 'you, me'],
    ['UNICODE_REQUEST_METHOD', 'POST'],
    ['request_method', 'POST'],
    ['HTTP_NONE', undefined],
    ['NONE', undefined],
    ['__proto__', undefined],
    ['constructor', undefined],
    ['HTTP_CONSTRUCTOR', undefined],
    ['HEADER___proto__', undefined],
  ];
  for (const [name, expected] of NAMES)
    test(`${name} is ${JSON.stringify(expected)}`, async () => {
      assert.equal(await inContext((context) => context.getServerVariable(name), REQUEST), expected);
    });

  test('that are set hide the others, in any case, for this request', async () => {
    const got = await inContext((context) => {
      context.setServerVariable('remote_user', 'ada');
      context.setServerVariable('HTTP_HOST', undefined);
      context.setServerVariable('UNICODE_MINE', 'mine');
      return [
        context.getServerVariable('REMOTE_USER'),
        context.getServerVariable('HTTP_HOST'),
        context.getServerVariable('Mine'),
        context.getServerVarChanges(),
      ];
    });
    assert.deepEqual(got, ['ada', undefined, 'mine', ['REMOTE_USER', 'HTTP_HOST', 'MINE']]);
  });
});
