// Keeps the files of this folder in step with the options of the services, each of which reads here what it would read in its container.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import * as adapter from '../services/adapter/src/config.ts';
import * as was from '../services/was/src/config.ts';
import * as worker from '../services/worker/src/config.ts';
import { readDockerfile } from './dockerfile.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly stop_grace_period?: string;
  readonly read_only?: boolean;
  readonly init?: boolean;
}

const folder = import.meta.dirname;
const yaml = <T>(file: string) => parse(readFileSync(join(folder, file), 'utf8'), { merge: true }) as T;
const { services } = yaml<{ services: Record<string, ComposeService> }>('compose.yaml');
const kindOf = ({ build }: ComposeService) => /^deploy\/(\w+)\.Dockerfile$/.exec(build?.dockerfile ?? '')?.[1];
const ours = Object.entries(services).flatMap(([name, service]) => {
  const kind = kindOf(service);
  return kind === undefined ? [] : [{ name, kind, service, dockerfile: readDockerfile(join(folder, `${kind}.Dockerfile`)) }];
});

/** Given without a flag: secrets, and the one switch. */
const BESIDE_FLAGS: Readonly<Record<string, readonly string[]>> = {
  adapter: ['BATON_SECRET', 'BATON_REUSE_PORT'],
  was: ['BATON_SECRET', 'BATON_TOKEN'],
  worker: ['BATON_SECRET'],
};
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  adapter: Object.values(adapter.FLAGS).map(({ env }) => env),
  was: was.FLAGS.map((flag) => `BATON_${flag.toUpperCase().replaceAll('-', '_')}`),
  worker: Object.values(worker.FLAGS).map(({ env }) => env),
};

/** Neither the images nor the file set these: the process's own choice serves in a container. */
const LEFT_TO_DEFAULT: Readonly<Record<string, readonly string[]>> = {
  adapter: ['BATON_ID', 'BATON_ACCESS_LOG', 'BATON_DRAIN_LIMIT', 'BATON_REUSE_PORT', 'BATON_PROTOCOLS', 'BATON_CHANNEL_PER'],
  was: ['BATON_ID', 'BATON_KEY_LIFE', 'BATON_TOKEN_LIFE'],
  worker: ['BATON_CAPACITY', 'BATON_STATE_DIR'],
};

/** What the process finds in its environment: the image's, then the file's with its variables filled in. */
function environmentOf({ service, dockerfile }: (typeof ours)[number]): Record<string, string> {
  const given = Object.entries(service.environment ?? {}).map(([name, value]) => [
    name,
    String(value).replace(/\$\{\w+:\?[^}]*\}/g, 'given'),
  ]);
  return { ...dockerfile.environment, ...Object.fromEntries(given) };
}

function readOptions(one: (typeof ours)[number]) {
  const [args, environment] = [one.service.command ?? [], environmentOf(one)];
  if (one.kind === 'adapter') return adapter.readConfig(args, environment);
  if (one.kind === 'was') return was.readWasConfig(args, environment);
  return worker.readConfig(args, environment);
}

/** Fails unless "host:port" names a service of the file and a port that its image opens. */
function assertReachable(address: string): void {
  const [host, port] = address.split(':');
  const found = ours.find(({ name }) => name === host);
  assert.ok(found, `${address} names no service of the file`);
  assert.ok(found.dockerfile.ports.includes(Number(port)), `${host} does not expose ${port}`);
}

test('the file starts Redis, one WAS, two adapters, two worker hosts, a collector and Prometheus', () => {
  assert.deepEqual(ours.map(({ kind }) => kind).sort(), ['adapter', 'adapter', 'was', 'worker', 'worker']);
  assert.deepEqual(
    Object.keys(services).filter((name) => kindOf(services[name]!) === undefined),
    ['redis', 'collector', 'prometheus'],
  );
  assert.ok(services.redis?.command?.join(' ').includes('--appendonly yes'), 'Redis keeps what it was told');
});

for (const one of ours) {
  const { name, kind, service, dockerfile } = one;

  test(`${name} is given every option that its service knows, or leaves it to its default on purpose, and none besides`, () => {
    const known = [...FLAGS[kind]!, ...BESIDE_FLAGS[kind]!];
    const given = Object.keys(environmentOf(one)).filter((variable) => variable.startsWith('BATON_'));
    assert.deepEqual([...given, ...LEFT_TO_DEFAULT[kind]!].sort(), known.sort());
    readOptions(one);
  });

  test(`${name} is reached by the others under its name, on ports that its image exposes`, () => {
    const options = readOptions(one);
    assert.equal(options.advertise, name);
    const ports = Object.entries(options).filter(([option]) => option.endsWith('Port') && option !== 'reusePort');
    for (const [option, port] of ports) assert.ok(dockerfile.ports.includes(Number(port)), `${option} ${port} is not exposed`);
    for (const published of service.ports ?? [])
      assert.ok(dockerfile.ports.includes(Number(published.split(':').at(-1))), `${published} is not exposed`);
    if ('was' in options) for (const address of options.was) assertReachable(address);
    if ('redis' in options) assert.equal(options.redis, 'redis://redis:6379');
    if ('probeHost' in options) assert.equal(options.probeHost, '0.0.0.0');
    if ('listenHost' in options) assert.equal(options.listenHost, '0.0.0.0');
    if ('adminHost' in options) assert.equal(options.adminHost, '0.0.0.0');
    if ('appRoot' in options) assert.ok(service.volumes?.some((volume) => volume.endsWith(`:${options.appRoot}:ro`)));
  });

  test(`${name} runs without root on a file system it cannot write, and gets the time to drain`, () => {
    assert.match(dockerfile.user, /^[1-9]\d*:[1-9]\d*$/);
    assert.equal(dockerfile.stopSignal, 'SIGTERM');
    assert.equal(service.read_only, true);
    assert.equal(service.init, true, 'something has to bury the orphans of apps');
    const { drainLimitMs = 90_000 } = readOptions(one) as { drainLimitMs?: number };
    assert.ok(Number.parseInt(service.stop_grace_period ?? '', 10) * 1000 > drainLimitMs);
  });

  test(`the image of ${name} starts its service and asks /readyz for its health`, () => {
    assert.deepEqual(dockerfile.entrypoint, ['node', `/baton/services/${kind}/dist/main.js`]);
    assert.ok(existsSync(join(folder, `../services/${kind}/src/main.ts`)));
    assert.match(dockerfile.healthcheck, /CMD \["node", "\/baton\/healthcheck.mjs"\]$/);
    assert.match(readFileSync(join(folder, 'healthcheck.mjs'), 'utf8'), /BATON_PROBE_PORT .*\/readyz/);
    assert.equal(dockerfile.environment.BATON_PROBE_PORT, '9464');
  });
}

test('every image names a version: the Node of the lockfile, the collector that the tests build', () => {
  const root = join(folder, '..');
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { devDependencies: { node: string } };
  for (const kind of Object.keys(FLAGS))
    assert.match(
      readFileSync(join(folder, `${kind}.Dockerfile`), 'utf8'),
      new RegExp(`^ARG BASE_IMAGE=.*/node:${devDependencies.node}-slim$`, 'm'),
    );
  const collector = /otelcol v(\S+)/.exec(readFileSync(join(root, 'test/pods/images/collector/go.mod'), 'utf8'))?.[1];
  assert.ok(services.collector?.image?.endsWith(`/opentelemetry-collector:${collector}}`), services.collector?.image);
  for (const { image = '' } of Object.values(services)) if (image.includes('/')) assert.match(image, /:v?\d[\d.]*\}$/);
});

test('Prometheus reads the probe port of every service', () => {
  const { scrape_configs: jobs } = yaml<{ scrape_configs: { static_configs: { targets: string[] }[] }[] }>('prometheus.yaml');
  const targets = jobs.flatMap((job) => job.static_configs.flatMap((group) => group.targets));
  assert.deepEqual(targets.sort(), ours.map((one) => `${one.name}:${readOptions(one).probePort}`).sort());
});

test('the services send their traces where the collector listens', () => {
  const { receivers } = yaml<{ receivers: { otlp: { protocols: { http: { endpoint: string } } } } }>('collector.yaml');
  const port = receivers.otlp.protocols.http.endpoint.split(':').at(-1);
  for (const one of ours) assert.equal(environmentOf(one).OTEL_EXPORTER_OTLP_ENDPOINT, `http://collector:${port}`);
});

test('the configuration files that the containers mount are there', () => {
  const mounts = Object.values(services).flatMap(({ volumes = [] }) =>
    volumes.flatMap((volume) => /^(\.\/[^:]+):/.exec(volume)?.[1] ?? []),
  );
  assert.equal(mounts.length, 2);
  for (const mount of mounts) assert.ok(existsSync(join(folder, mount)), `${mount} is missing`);
});
