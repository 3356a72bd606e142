// The images of the compose file: the services' are built as anybody would build them, on a base image that is given or made here; the
// public ones are taken as given, or made of programs of this machine.
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Podman, updatePackageLists } from './podman.ts';
import { cache, lack, root, run, which } from './run.ts';

/** Variables of deploy/compose.yaml that name the images to use. */
export type ImageNames = Readonly<Record<string, string>>;

const SERVICES = ['adapter', 'was', 'worker'];
const BUILD_LIMIT_MS = 15 * 60_000;

export async function buildImages(podman: Podman): Promise<ImageNames> {
  const base = process.env.BATON_BASE_IMAGE ?? (await makeImage(podman, 'baton-base', [], baseFiles()));
  const names: Record<string, string> = {};
  for (const service of SERVICES) names[`BATON_${service.toUpperCase()}_IMAGE`] = await buildService(podman, service, base);
  for (const [variable, make] of Object.entries(BORROWED)) names[variable] = process.env[variable] ?? (await make(podman));
  return names;
}

/** The packages are those of this checkout, so that the build in the image has none to fetch and needs no npm there. */
async function buildService({ podman }: Podman, service: string, base: string): Promise<string> {
  const image = `localhost/baton-${service}:test`;
  const mount = `${join(root, 'node_modules')}:/src/node_modules:ro`;
  await podman(
    ...['build', '--quiet', '--format', 'docker', '--volume', mount, '--build-arg', `BASE_IMAGE=${base}`],
    ...['-f', join(root, `deploy/${service}.Dockerfile`), '-t', image, root],
  );
  return image;
}

const BORROWED: Readonly<Record<string, (podman: Podman) => Promise<string>>> = {
  BATON_REDIS_IMAGE: async (podman) => {
    const server = which('redis-server') ?? which(join(root, 'node_modules/.bin/redis-server'));
    const client = which('redis-cli');
    if (!server || !client) throw lack('redis-server and redis-cli on PATH, or BATON_REDIS_IMAGE');
    return makeImage(
      podman,
      'baton-redis',
      [],
      [
        ['/usr/local/bin/redis-server', server],
        ['/usr/local/bin/redis-cli', client],
      ],
    );
  },
  BATON_PROMETHEUS_IMAGE: async (podman) =>
    makeImage(podman, 'baton-prometheus', ['/bin/prometheus'], [['/bin/prometheus', which('prometheus') ?? (await fetchPrometheus())]]),
  BATON_COLLECTOR_IMAGE: async (podman) =>
    makeImage(podman, 'baton-collector', ['/otelcol'], [['/otelcol', which('otelcol') ?? (await buildCollector())]]),
};

function baseFiles(): readonly [string, string][] {
  const shell = which('sh');
  if (!shell) throw lack('sh');
  return [
    ['/usr/local/bin/node', process.execPath],
    ['/bin/sh', shell],
  ];
}

async function makeImage(
  podman: Podman,
  name: string,
  entrypoint: readonly string[],
  files: readonly (readonly [string, string])[],
): Promise<string> {
  const image = `localhost/${name}:test`;
  const pairs = files.map(([inside, program]) => `${inside}=${program}`);
  await run(join(root, 'test/pods/images/from-binaries.sh'), [image, JSON.stringify(entrypoint), ...pairs], { env: podman.env });
  return image;
}

/** Debian's package, unpacked but not installed: installing it would start a service. */
async function fetchPrometheus(): Promise<string> {
  const folder = join(cache, 'prometheus');
  const program = join(folder, 'usr/bin/prometheus');
  if (existsSync(program)) return program;
  if (!which('apt-get')) throw lack('prometheus on PATH, or BATON_PROMETHEUS_IMAGE');
  mkdirSync(folder, { recursive: true });
  await updatePackageLists();
  await run('sh', ['-c', 'cd "$0" && apt-get download -qq prometheus', folder]);
  const file = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (!file) throw lack('the Debian package prometheus, or BATON_PROMETHEUS_IMAGE');
  await run('dpkg', ['-x', join(folder, file), folder]);
  return program;
}

/** The program that checks metrics, from PATH or from the package that Prometheus came from. */
export function promtool(): string {
  const program = which('promtool') ?? join(cache, 'prometheus/usr/bin/promtool');
  if (!existsSync(program)) throw lack('promtool on PATH');
  return program;
}

async function buildCollector(): Promise<string> {
  const program = join(cache, 'otelcol');
  if (existsSync(program)) return program;
  if (!which('go')) throw lack('go, to build a collector, or BATON_COLLECTOR_IMAGE');
  await run(
    'go',
    ['build', '-C', join(root, 'test/pods/images/collector'), '-mod=readonly', '-trimpath', '-ldflags=-s -w', '-o', program, '.'],
    {
      env: { CGO_ENABLED: '0' },
      timeoutMs: BUILD_LIMIT_MS,
    },
  );
  return program;
}
