import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseConfig } from '@baton/config';
import type { BatonError } from '@baton/core';
import { placeEntries } from './place-entries.ts';

const root = mkdtempSync(join(tmpdir(), 'baton-place-'));
before(() => {
  for (const path of ['conf', 'apps/shop']) mkdirSync(join(root, path), { recursive: true });
  for (const path of ['conf/here.js', 'apps/shop/there.js']) writeFileSync(join(root, path), '');
});
after(() => rmSync(root, { recursive: true }));

function place(entry: string, folder: string, appRoot: string, modules = ''): string {
  const text = `apiVersion: baton/v1\npools: [{ name: p }]\napps: [{ name: a, pool: p, entry: ${entry}, bindings: ["http://*:1/"]${modules} }]\n`;
  const placed = placeEntries(text, parseConfig(text, { file: 'f' }), {
    folder: join(root, folder),
    appRoot: join(root, appRoot),
    file: 'baton.yaml',
  });
  const app = parseConfig(placed, { file: 'f' }).apps[0]!;
  return modules === '' ? app.entry : app.modules.join(' ');
}

test('an entry below an app root that is the folder of the file stays as it is written', () => {
  assert.equal(place('./here.js', 'conf', 'conf'), './here.js');
  assert.equal(place(join(root, 'conf/here.js'), 'conf', 'conf'), join(root, 'conf/here.js'));
});

test('an entry relative to the file is named from the app root', () => {
  assert.equal(place('../apps/shop/there.js', 'conf', '.'), 'apps/shop/there.js');
  assert.equal(place('here.js', 'conf', '.'), 'conf/here.js');
});

test('an entry that is not beside the file is looked for below the app root', () => {
  assert.equal(place('shop/there.js', 'conf', 'apps'), 'shop/there.js');
});

test('an entry that exists nowhere, is a folder, or lies outside the app root is ENTRY_NOT_FOUND', () => {
  const refused = (message: RegExp) => (error: BatonError) => error.code === 'ENTRY_NOT_FOUND' && message.test(error.message);
  assert.throws(() => place('gone.js', 'conf', 'apps'), refused(/conf\/gone\.js does not exist/));
  assert.throws(() => place('shop', 'apps', 'apps'), refused(/apps\/shop is not a file/));
  assert.throws(() => place('here.js', 'conf', 'apps'), refused(/conf\/here\.js lies outside the app root/));
});

test('modules are placed as entries are, and one that is not there is named with file, line and key', () => {
  assert.equal(place('here.js', 'conf', '.', ', modules: [./here.js, ../apps/shop/there.js]'), 'conf/here.js apps/shop/there.js');
  assert.throws(
    () => place('here.js', 'conf', '.', ', modules: [./here.js, ./gone.js]'),
    (error: BatonError) =>
      error.code === 'ENTRY_NOT_FOUND' &&
      /^baton\.yaml:3: apps\[0\]\.modules\[1\]: a module of app a .*conf\/gone\.js does not exist$/.test(error.message),
  );
});
