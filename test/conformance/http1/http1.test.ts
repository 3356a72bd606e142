import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { freePort } from '@baton/core/testing';
import { startCluster } from '../../support/index.ts';
import { PROBES } from './probes/index.ts';
import { http1 } from './suite.ts';

test('every probe of HTTP/1.1 framing gets what its section demands, through a whole cluster', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'baton-probes-'));
  try {
    const place = { dir, port: await freePort(), tlsPort: await freePort() };
    const config = await http1.config(place);
    await using _cluster = await startCluster({ config: () => config, port: place.port, env: { CONFORMANCE_DIR: dir } });
    const results = await http1.run({ ...place, who: 'baton', round: 'steady', host: '127.0.0.1' }, undefined);
    const failed = results.filter(({ outcome }) => outcome !== 'passed');
    assert.deepEqual(
      failed.map(({ id, section, title, detail }) => `${id} (${section}) ${title}: ${detail}`),
      [],
    );
    assert.ok(results.length >= 120, `${results.length} probes`);
    t.diagnostic(`${results.length} probes`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

test('every probe names its section and has an id of its own', () => {
  assert.equal(new Set(PROBES.map(({ id }) => id)).size, PROBES.length);
  for (const { id, section } of PROBES) assert.match(section, /^RFC 911[02], [A-Z]?[\d.]+$/, id);
});
