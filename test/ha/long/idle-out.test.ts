import assert from 'node:assert/strict';
import { Agent, get } from 'node:http';
import { test } from 'node:test';
import { sleep, until } from '@baton/core';
import { freePort } from '@baton/core/testing';
import { fixture, startCluster } from '../../support/index.ts';

const POOLS = 10;
const REQUESTS_PER_POOL = 100;
const IDLE_MS = 150;

// Ten pools side by side; in each, requests come at random moments around the one at which the worker asks to go.
test('1,000 requests at random offsets around idle-outs: none fails, and no worker is left over', async (t) => {
  const port = await freePort();
  const names = Array.from({ length: POOLS }, (_, index) => `p${index}`);
  const config = `apiVersion: baton/v1
poolDefaults: { processModel: { idleTimeout: ${IDLE_MS}ms } }
pools: [${names.map((name) => `{ name: ${name} }`).join(', ')}]
apps:
${names.map((name) => `  - { name: ${name}, pool: ${name}, entry: ${fixture('cluster-app.js')}, bindings: ["http://*:${port}/${name}/"] }`).join('\n')}
`;
  await using cluster = await startCluster({ config: () => config, port, args: ['--spares', '2'] });
  const failures: string[] = [];
  let cold = 0;
  await Promise.all(
    names.map(async (name) => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      for (let request = 0; request < REQUESTS_PER_POOL; request++) {
        await sleep(IDLE_MS - 40 + Math.random() * 80);
        const answer = await ask(`${cluster.url}/${name}/`, agent);
        if (answer.status !== 404) failures.push(`${name} #${request}: ${answer.status} ${answer.error}`); // the app's own 404: it answered
        if (answer.cold) cold++;
      }
      agent.destroy();
    }),
  );
  assert.deepEqual(failures, []);
  t.diagnostic(`${cold} of ${POOLS * REQUESTS_PER_POOL} requests woke a worker`);
  assert.ok(cold > 50, `only ${cold} requests met an idle pool: the offsets missed the idle-outs`);
  await until(async () => (await cluster.workers()).length === 0, 10_000, 'the end of every worker');
});

function ask(url: string, agent: Agent): Promise<{ status: number; cold: boolean; error: string }> {
  return new Promise((resolve) => {
    get(url, { agent }, (response) => {
      const { headers, statusCode = 0 } = response;
      response
        .resume()
        .on('end', () => resolve({ status: statusCode, cold: 'x-baton-activation' in headers, error: String(headers['x-baton-error']) }));
    }).on('error', (error) => resolve({ status: 0, cold: false, error: String(error) }));
  });
}
