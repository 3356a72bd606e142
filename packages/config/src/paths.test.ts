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
  const placed = rewritePaths(text, { code: entry, certificate: same });
  assert.equal(placed, text.replace("'./a.js'", '"apps/a.js"').replace('b/c.js', '"apps/b/c.js"'));
});

test('files of certificates are replaced, whatever stands before them', () => {
  const text = 'tls:\n  - { host: a.example, key: a.key, cert: a.crt }\n  - host: "*"\n    cert: /etc/b.crt\n    key: b.key\n';
  const placed = rewritePaths(text, { code: same, certificate: (path) => (path.startsWith('/') ? path : `/srv/${path}`) });
  assert.equal(
    placed,
    'tls:\n  - { host: a.example, key: "/srv/a.key", cert: "/srv/a.crt" }\n  - host: "*"\n    cert: /etc/b.crt\n    key: "/srv/b.key"\n',
  );
});

test('modules are replaced each, and each path comes with its key and line', () => {
  const text = `apiVersion: baton/v1
apps:
  - name: a
    entry: a.js
    modules:
      - ./audit.js # kept
      - "b/limit.js"
  - { name: b, entry: b.js, modules: [./audit.js] }
`;
  const seen: string[] = [];
  const code = (path: string, { key, line }: { key: string; line: number }) => {
    seen.push(`${line} ${key} ${path}`);
    return path.startsWith('./') ? `m/${path.slice(2)}` : path;
  };
  assert.equal(rewritePaths(text, { code, certificate: same }), text.replaceAll('./audit.js', '"m/audit.js"'));
  assert.deepEqual(seen.sort(), [
    '4 apps[0].entry a.js',
    '6 apps[0].modules[0] ./audit.js',
    '7 apps[0].modules[1] b/limit.js',
    '8 apps[1].entry b.js',
    '8 apps[1].modules[0] ./audit.js',
  ]);
});

test('a file without apps is left alone', () => {
  assert.equal(rewritePaths('apiVersion: baton/v1\n', { code: () => 'x', certificate: () => 'x' }), 'apiVersion: baton/v1\n');
});
