import assert from 'node:assert/strict';
import { test } from 'node:test';
import { code, stage } from './testing/stage.ts';

test('a container keeps one context for each module and tells them when it is gone', () => {
  const container = stage().server.dispenseContainer();
  const gone: string[] = [];
  container.setModuleContext({ cleanupStoredContext: () => gone.push('audit') }, 'audit');
  container.setModuleContext({ cleanupStoredContext: () => gone.push('limit') }, 'limit');
  assert.throws(() => container.setModuleContext({}, 'audit'), code('ERROR_ALREADY_ASSIGNED'));
  assert.ok(container.getModuleContext('audit'));
  assert.equal(container.getModuleContext('other'), undefined);
  container.release();
  container.release();
  assert.deepEqual(gone, ['audit', 'limit']);
  assert.equal(container.getModuleContext('audit'), undefined);
});
