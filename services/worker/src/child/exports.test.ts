import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findExport } from './exports.ts';

const handleConnection = (): string => 'taken';

test('a function is found by its name, in every form a module may have', () => {
  for (const exported of [{ handleConnection }, { default: { handleConnection } }, { default: { default: { handleConnection } } }]) {
    assert.equal(findExport(exported, 'handleConnection')?.(), 'taken', JSON.stringify(exported));
  }
  assert.equal(
    findExport(
      Object.assign(() => {}, { handleConnection }),
      'handleConnection',
    )?.(),
    'taken',
  );
});

test('a method keeps its object', () => {
  class App {
    readonly name = 'app';
    handleConnection(): string {
      return this.name;
    }
  }
  assert.equal(findExport({ default: new App() }, 'handleConnection')?.(), 'app');
});

test('anything else is not found', () => {
  for (const exported of [undefined, null, 'text', {}, { handleConnection: 5 }, { default: null }]) {
    assert.equal(findExport(exported, 'handleConnection'), undefined, JSON.stringify(exported));
  }
});
