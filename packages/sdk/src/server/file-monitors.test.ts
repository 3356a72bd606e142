import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { GL_FILE_CHANGE } from '../constants/global-notifications.ts';
import { code, stage } from './testing/stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'baton-server-'));
after(() => rmSync(folder, { recursive: true, force: true }));

suite('notifications', () => {
  test('a monitor tells of a changed file, to its listener and to global modules, until it is closed', async () => {
    const { server, said } = stage();
    const path = join(folder, 'watched');
    writeFileSync(path, 'one');
    const info = await server.getFileInfo(path);
    const heard = await new Promise<string>((resolve) => {
      const monitor = server.registerFileChangeMonitor(path, (changed) => {
        monitor.close();
        resolve(changed);
      });
      writeFileSync(path, 'two and more');
    });
    assert.equal(heard, path);
    assert.deepEqual(said, [[GL_FILE_CHANGE, path]]);
    // at once, not when a second has passed
    assert.notEqual((await server.getFileInfo(path)).etag, info.etag);
    assert.equal(server.getPerfCounterInfo().fileChangeMonitors, 0);
  });

  test('something in a watched folder is told by its own path', async () => {
    const { server } = stage();
    const heard = await new Promise<string>((resolve) => {
      server.registerFileChangeMonitor(folder, resolve);
      writeFileSync(join(folder, 'new one'), 'x');
    });
    assert.equal(heard, join(folder, 'new one'));
    server.close();
  });

  test('so is one whose name is the end of the folder’s', async () => {
    const { server } = stage();
    const path = join(folder, folder.slice(-3));
    const heard = await new Promise<string>((resolve) => {
      server.registerFileChangeMonitor(folder, resolve);
      writeFileSync(path, 'x');
    });
    assert.equal(heard, path);
    server.close();
  });

  test('what is not there is not watched', () => {
    assert.throws(() => stage().server.registerFileChangeMonitor(join(folder, 'absent')), code('ERROR_FILE_NOT_FOUND'));
  });
});
