// npm run test:pods: builds the images, starts deploy/compose.yaml with podman, puts it under load, takes it down.
// It fails, with one line that says so, where something it needs is missing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { OURS, type Pods, removePods, startPods, until } from './cluster.ts';
import { buildImages, promtool } from './images.ts';
import { type Podman, setUpPodman } from './podman.ts';
import { root, run } from './run.ts';

const project = `baton-pods-${process.pid}`;
let podman: Podman | undefined;
let pods: Pods | undefined;

before(
  async () => {
    podman = await setUpPodman(project);
    pods = await startPods(project, podman, await buildImages(podman));
  },
  { timeout: 30 * 60_000 },
);
after(remove, { timeout: 120_000 });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void remove().finally(() => process.exit(1)));

/** Always, also when only a part of it came up. */
async function remove(): Promise<void> {
  if (podman) await removePods(podman);
}

function cluster(): Pods {
  assert.ok(pods, 'the compose file is up');
  return pods;
}

function inPodman(...args: string[]): Promise<string> {
  assert.ok(podman, 'podman is set up');
  return podman.podman(...args);
}

/** Lines of a service's log at level warn or above, and access lines of requests that were not answered well. */
async function complaints(service: string): Promise<string> {
  const lines = ((await podman?.logs(cluster().container(service))) ?? '').split('\n');
  return lines
    .filter((line) => /"level":"(warn|error|fatal)"|"status":5/.test(line))
    .slice(-20)
    .join('\n');
}

test('every service is healthy, by the health check of its image, and runs as a user without rights', async () => {
  for (const service of OURS) {
    const container = cluster().container(service);
    await until(async () => (await inPodman('healthcheck', 'run', container).then(() => true)) === true, `${service} to be healthy`);
    assert.equal(await inPodman('exec', container, 'node', '-p', 'process.getuid()'), '1000');
  }
});

test('Prometheus reads all five services', async () => {
  await until(async () => {
    const answer = await fetch(`${cluster().prometheusUrl}/api/v1/targets`);
    const { data } = (await answer.json()) as { data: { activeTargets: { health: string }[] } };
    return data.activeTargets.length === OURS.length && data.activeTargets.every(({ health }) => health === 'up');
  }, 'five targets to be up');
});

for (const scenario of ['smoke', 'recycle-overlap']) {
  test(`the load test ${scenario} holds against the containers`, { timeout: 5 * 60_000 }, async () => {
    const { urls, adminUrl, token } = cluster();
    const program = ['--disable-warning=ExperimentalWarning', `${root}loadtest/run/main.ts`, scenario];
    // Eight containers share the machine with k6.
    const args = [...program, '--url', urls.join(','), '--admin', adminUrl, '--rate', scenario === 'smoke' ? '50' : '200'];
    await run(process.execPath, args, { env: { BATON_TOKEN: token, ...podman?.env }, isShown: true }).catch(async (error: unknown) => {
      for (const service of OURS) console.error(`${service}:\n${await complaints(service)}`);
      throw error;
    });
  });
}

test('recycles under load went from one container to the other and back', async () => {
  const receipts = await cluster().client.recycles({ pool: 'load' });
  assert.ok(receipts.length > 0);
  for (const { oldHost, newHost } of receipts) assert.notEqual(oldHost, newHost);
});

for (const [what, line] of [
  ['traces', /info\s+Traces\s.*"spans": [1-9]/],
  ['metrics', /info\s+Metrics\s.*"data points": [1-9]/],
] as const)
  test(`the collector has got ${what} of the services`, async () => {
    await until(async () => line.test((await podman?.logs(cluster().container('collector'))) ?? ''), `${what} to reach the collector`);
  });

test('promtool has nothing to say against what each service tells', async () => {
  const read = `fetch('http://127.0.0.1:9464/metrics').then((answer) => answer.text()).then((text) => process.stdout.write(text))`;
  for (const service of OURS) {
    const text = await inPodman('exec', cluster().container(service), 'node', '-e', read);
    const { status, stdout, stderr } = spawnSync(promtool(), ['check', 'metrics'], { input: `${text}\n`, encoding: 'utf8' });
    assert.deepEqual([status, stdout, stderr], [0, '', ''], service);
  }
});

test('every service ends in order when its container is stopped', { timeout: 150_000 }, async () => {
  await cluster().stop();
  for (const service of OURS)
    assert.equal(await inPodman('inspect', '--format', '{{.State.ExitCode}}', cluster().container(service)), '0', service);
});
