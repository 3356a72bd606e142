import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findHandler } from './exported-handler.ts';

const fetch = (): Response => new Response();
const listener = (): void => {};

test('what counts as a handler', () => {
  assert.equal(findHandler({ default: { fetch } })?.kind, 'fetch');
  assert.equal(findHandler({ fetch })?.kind, 'fetch');
  assert.equal(findHandler({ default: listener })?.kind, 'listener');
  assert.equal(findHandler(listener)?.kind, 'listener');
  assert.equal(findHandler({ default: { default: listener } })?.kind, 'listener');
  assert.equal(findHandler({ httpExtensionProc: listener, default: listener })?.kind, 'extension');
  assert.equal(findHandler({ default: Object.assign(() => {}, { fetch }) })?.kind, 'fetch');
});

test('what does not', () => {
  for (const exported of [undefined, null, {}, { default: {} }, { default: 5 }, { other: listener }, 'text']) {
    assert.equal(findHandler(exported), undefined, JSON.stringify(exported));
  }
});

test('fetch keeps its object', () => {
  class App {
    readonly name = 'app';
    fetch(): Response {
      return new Response(this.name);
    }
  }
  const found = findHandler({ default: new App() });
  assert.ok(found?.kind === 'fetch');
  assert.doesNotThrow(() => found.fetch(new Request('http://a.test/'), undefined));
});
