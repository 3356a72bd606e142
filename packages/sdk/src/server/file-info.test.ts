import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { code, stage } from './testing/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-server-'));
after(() => rmSync(folder, { recursive: true, force: true }));

suite('facts of a file', () => {
  test('are read once, believed for a second, and the same object while nothing has changed', async () => {
    const { server } = stage();
    const path = join(folder, 'page.html');
    writeFileSync(path, '<p>');
    const info = await server.getFileInfo(path);
    assert.deepEqual([info.filePath, info.size, info.isDirectory, info.mimeType], [path, 3, false, 'text/html; charset=utf-8']);
    assert.match(info.etag, /^"3-[0-9a-f]+-[0-9a-f]+"$/);
    assert.equal(await server.getFileInfo(path), info);
    const counters = server.getPerfCounterInfo();
    assert.deepEqual([counters.fileCacheHits, counters.fileCacheMisses, counters.currentFilesCached], [1, 1, 1]);
    writeFileSync(path, '<p>more');
    server.notifyFileChange(path);
    const changed = await server.getFileInfo(path);
    assert.equal(changed.size, 7);
    assert.notEqual(changed.etag, info.etag);
  });

  for (const [name, type] of [
    ['a.json', 'application/json; charset=utf-8'],
    ['a.bin.unknownkind', 'application/octet-stream'],
    ['noextension', 'application/octet-stream'],
    ['a.svg', 'image/svg+xml'],
  ] as const)
    test(`${name} is ${type}`, async () => {
      writeFileSync(join(folder, name), 'x');
      assert.equal((await stage().server.getFileInfo(join(folder, name))).mimeType, type);
    });

  test('of what is not there, or is no path, are errors', async () => {
    const { server } = stage();
    await assert.rejects(server.getFileInfo(join(folder, 'absent')), { code: 'ERROR_FILE_NOT_FOUND', message: /absent/ });
    symlinkSync(join(folder, 'loop'), join(folder, 'loop'));
    await assert.rejects(server.getFileInfo(join(folder, 'loop')), code('ERROR_PATH_NOT_FOUND'));
    for (const path of ['', 'a\0b', undefined]) await assert.rejects(server.getFileInfo(path as string), code('ERROR_INVALID_NAME'));
  });

  test('of a folder are facts too', async () => {
    assert.equal((await stage().server.getFileInfo(folder)).isDirectory, true);
  });
});
