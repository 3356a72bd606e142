import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseBinding } from './binding.ts';
import { planListeners } from './listen-plan.ts';
import { hostName, RouteTable } from './table.ts';

describe('bindings', () => {
  const good: readonly (readonly [string, string, number, string])[] = [
    ['http://*:8080/', '*', 8080, '/'],
    ['http://*:8080', '*', 8080, '/'],
    ['http://Shop.Example/', 'shop.example', 80, '/'],
    ['HTTP://shop.example:81/a', 'shop.example', 81, '/a/'],
    ['http://127.0.0.1:0/a/b/', '127.0.0.1', 0, '/a/b/'],
    ['http://[::1]:8080/', '::1', 8080, '/'],
  ];
  for (const [text, host, port, path] of good) {
    it(`are read: ${text}`, () => assert.deepEqual(parseBinding(text), { host, port, path }));
  }
  it('are read with TLS: https', () => {
    assert.deepEqual(parseBinding('https://shop.example/a'), { host: 'shop.example', port: 443, path: '/a/', isSecure: true });
    assert.deepEqual(planListeners([parseBinding('https://*:8443/'), parseBinding('http://*:8080/')]), [
      { address: '', port: 8443, isSecure: true },
      { address: '', port: 8080 },
    ]);
  });
  for (const text of ['tls://*:1/', 'http://*:99999/', 'http://:80/', 'shop:80', 'http://a/b?c', '']) {
    it(`are refused: "${text}"`, () => assert.throws(() => parseBinding(text), { code: 'CONFIG_INVALID' }));
  }
});

describe('routes', () => {
  const table = new RouteTable(
    (
      [
        ['http://*:80/', 'any'],
        ['http://*:80/shop/', 'any-shop'],
        ['http://shop.example:80/', 'named'],
        ['http://shop.example:80/a/', 'named-a'],
        ['http://shop.example:80/a/b/', 'named-a-b'],
        ['http://only.example:80/x/', 'only-x'],
        ['http://10.0.0.1:80/', 'address'],
        ['http://*:81/api/', 'api'],
        ['http://*:80/', 'second'],
      ] as const
    ).map(([binding, app]) => ({ ...parseBinding(binding), app })),
  );
  const cases: readonly (readonly [number, string, string, string, string | undefined])[] = [
    [80, 'elsewhere', '/', '', 'any'],
    [80, '', '/', '', 'any'],
    [80, 'elsewhere', '/shop', '', 'any-shop'],
    [80, 'elsewhere', '/shop/x', '', 'any-shop'],
    [80, 'elsewhere', '/shopping', '', 'any'],
    [80, 'shop.example', '/', '', 'named'],
    [80, 'SHOP.example:80', '/', '', 'named'],
    [80, 'shop.example.', '/a', '', 'named-a'],
    [80, 'shop.example', '/a/bc', '', 'named-a'],
    [80, 'shop.example', '/a/b', '', 'named-a-b'],
    [80, 'shop.example', '/a/b/c', '', 'named-a-b'],
    [80, 'shop.example', '/A/b', '', 'named'],
    [80, 'only.example', '/x/1', '', 'only-x'],
    [80, 'only.example', '/y', '', 'any'],
    [80, 'whatever', '/', '10.0.0.1', 'address'],
    [80, 'shop.example', '/', '10.0.0.1', 'named'],
    [81, 'x', '/api', '', 'api'],
    [81, 'x', '/', '', undefined],
    [82, 'x', '/', '', undefined],
  ];
  for (const [port, host, path, address, app] of cases) {
    it(`${host || '(no host)'}:${port}${path}${address && ` at ${address}`} is for ${app}`, () =>
      assert.equal(table.find(port, host, path, address), app));
  }

  it('read a host name out of a Host value', () => {
    assert.deepEqual(['A.b', 'a.b:80', 'a.b.', '[::1]:80', '[::1]', ''].map(hostName), ['a.b', 'a.b', 'a.b', '::1', '::1', '']);
  });
});

describe('listening', () => {
  const plan = (...bindings: string[]) => planListeners(bindings.map(parseBinding));

  it('is on every address as soon as one binding of the port is for any host or a name', () => {
    assert.deepEqual(plan('http://*:80/', 'http://127.0.0.1:80/', 'http://shop.example:80/'), [{ address: '', port: 80 }]);
    assert.deepEqual(plan('http://shop.example:81/'), [{ address: '', port: 81 }]);
  });

  it('is on each address alone when a port is bound to addresses only', () => {
    assert.deepEqual(plan('http://127.0.0.1:80/', 'http://10.0.0.1:80/a', 'http://127.0.0.1:80/b', 'http://*:90/'), [
      { address: '127.0.0.1', port: 80 },
      { address: '10.0.0.1', port: 80 },
      { address: '', port: 90 },
    ]);
  });
});
