import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewritePaths } from './paths.ts';

const same = (path: string) => path;

test('entries are replaced where they stand, and nothing else changes', () => {
  const text = `apiVersion: baton/v1 # kept
pools: [{ name: p }]
apps:
  - name: a # entry: not this
    entry:   './a.js'   # kept too
    pool: p
  - { name: b, entry: b/c.js, pool: p }
  - { name: c, entry: /absolute.js, pool: p }
`;
  const entry = (path: string) => (path.startsWith('/') ? path : `apps/${path.replace('./', '')}`);
  const placed = rewritePaths(text, { entry, certificate: same });
  assert.equal(placed, text.replace("'./a.js'", '"apps/a.js"').replace('b/c.js', '"apps/b/c.js"'));
});

test('files of certificates are replaced, whatever stands before them', () => {
  const text = 'tls:\n  - { host: a.example, key: a.key, cert: a.crt }\n  - host: "*"\n    cert: /etc/b.crt\n    key: b.key\n';
  const placed = rewritePaths(text, { entry: same, certificate: (path) => (path.startsWith('/') ? path : `/srv/${path}`) });
  assert.equal(
    placed,
    'tls:\n  - { host: a.example, key: "/srv/a.key", cert: "/srv/a.crt" }\n  - host: "*"\n    cert: /etc/b.crt\n    key: "/srv/b.key"\n',
  );
});

test('a file without apps is left alone', () => {
  assert.equal(rewritePaths('apiVersion: baton/v1\n', { entry: () => 'x', certificate: () => 'x' }), 'apiVersion: baton/v1\n');
});
