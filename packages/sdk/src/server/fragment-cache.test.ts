import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { code, stage } from './testing/stage.ts';

suite('fragments', () => {
  test('are kept as copies and given as copies', () => {
    const { server } = stage();
    const bytes = Buffer.from('menu');
    server.addFragmentToCache(bytes, 'menu');
    bytes.fill(0);
    server.readFragmentFromCache('menu').fill(0);
    assert.equal(server.readFragmentFromCache('menu').toString(), 'menu');
    server.addFragmentToCache('menü', 'menu');
    assert.equal(server.readFragmentFromCache('menu').toString(), 'menü');
    server.removeFragmentFromCache('menu');
    assert.throws(() => server.readFragmentFromCache('menu'), code('ERROR_PATH_NOT_FOUND'));
    assert.throws(() => server.removeFragmentFromCache('menu'), code('ERROR_FILE_NOT_FOUND'));
  });

  test('that were used longest ago go when the cache is full; one larger than it is refused', () => {
    const { server } = stage();
    const piece = Buffer.alloc(5 * 2 ** 20);
    for (const name of ['a', 'b', 'c']) server.addFragmentToCache(piece, name);
    server.readFragmentFromCache('a');
    server.addFragmentToCache(piece, 'd');
    assert.throws(() => server.readFragmentFromCache('b'), code('ERROR_PATH_NOT_FOUND'));
    for (const name of ['a', 'c', 'd']) assert.equal(server.readFragmentFromCache(name).length, piece.length);
    assert.throws(() => server.addFragmentToCache(Buffer.alloc(17 * 2 ** 20), 'e'), code('ERROR_NOT_ENOUGH_MEMORY'));
    assert.ok(server.getPerfCounterInfo().fragmentCacheBytes! <= 16 * 2 ** 20);
  });

  for (const [name, fragment] of [
    ['', 'x'],
    ['n'.repeat(3_000), 'x'],
    ['number', 7],
    [undefined, 'x'],
  ] as const)
    test(`${JSON.stringify(name)?.slice(0, 20)} with ${typeof fragment} is refused`, () => {
      assert.throws(() => stage().server.addFragmentToCache(fragment as string, name as string), code('ERROR_INVALID_PARAMETER'));
    });
});
