import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { awaitedCodeOf } from './testing/code-of.ts';
import { seen } from './testing/seen.ts';

suite('what a module changes in a request reaches the app:', () => {
  test('headers that are set, added to and deleted', async () => {
    const raw: string[] = [];
    const { headers } = await seen(
      (request) => {
        request.setHeader('X-New', 'new');
        request.setHeader('x-old', 'replaced');
        request.setHeader('X-Both', 'second', false);
        request.deleteHeader('X-Gone');
        assert.deepEqual(request.getHeaderChanges(), ['x-new', 'x-old', 'x-both', 'x-gone']);
        assert.equal(request.getHeader('X-BOTH'), 'first, second');
        raw.push(...request.getRawHttpRequest().rawHeaders);
      },
      { headers: { 'X-Old': 'old', 'X-Both': 'first', 'X-Gone': 'gone' } },
    );
    assert.deepEqual(
      [headers['x-new'], headers['x-old'], headers['x-both'], headers['x-gone']],
      ['new', 'replaced', 'first, second', undefined],
    );
    assert.ok(raw.includes('replaced') && !raw.includes('old') && raw.includes('first') && raw.includes('second') && !raw.includes('gone'));
  });

  test('method and URL', async () => {
    const { method, url } = await seen(
      (request, context) => {
        assert.equal(request.getUrlChanged(), false);
        assert.equal(request.getForwardedUrl(), undefined);
        request.setHttpMethod('PUT');
        request.setUrl('/new?b=2');
        assert.equal(request.getUrlChanged(), true);
        assert.equal(request.getForwardedUrl(), '/old?a=1');
        assert.deepEqual(context.getUrlInfo(), { path: '/new', queryString: 'b=2' });
        assert.equal(context.getScriptName(), '/new');
      },
      {},
      '/old?a=1',
    );
    assert.deepEqual([method, url], ['PUT', '/new?b=2']);
  });

  test('a URL that keeps its query', async () => {
    assert.equal((await seen((request) => request.setUrl('/new', false), {}, '/old?a=1')).url, '/new?a=1');
    assert.equal((await seen((request) => request.setUrl('/new'), {}, '/old?a=1')).url, '/new');
  });
});

test('names, values and targets that no request may have are refused', async () => {
  const codes: string[] = [];
  await seen(async (request) => {
    codes.push(await awaitedCodeOf(() => request.setHeader('a b', 'c')), await awaitedCodeOf(() => request.setHeader('a', 'b\r\nc: d')));
    codes.push(
      await awaitedCodeOf(() => request.setHttpMethod('GET IT')),
      await awaitedCodeOf(() => request.setUrl('new')),
      await awaitedCodeOf(() => request.setUrl('/a b')),
    );
  });
  assert.deepEqual(codes, new Array(5).fill('ERROR_INVALID_PARAMETER'));
});

test('addresses, version and site are those of the connection and the app', async () => {
  await seen((request) => {
    assert.equal(request.getRemoteAddress().address, '127.0.0.1');
    assert.ok(request.getRemoteAddress().port > 0 && request.getLocalAddress().port > 0);
    assert.deepEqual(request.getHttpVersion(), [1, 1]);
    assert.equal(request.getSiteId(), 'site');
    assert.equal(request.getClientCertificate(), undefined);
  });
});
