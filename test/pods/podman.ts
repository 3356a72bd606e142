// What starts the compose file: podman and podman-compose, installed when they are not there.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cache, lack, root, run, which } from './run.ts';

/** Knows `x-` anchors with merges, `${NAME:?…}`, init and tmpfs; Debian 12 has 1.0.3, which does not. */
const COMPOSE_VERSION = '1.6.0';
const PACKAGES = ['podman', 'buildah', 'runc', 'netavark', 'aardvark-dns', 'catatonit', 'iptables'];

/** Runs podman, and podman-compose on the file of deploy/. */
export interface Podman {
  readonly podman: (...args: readonly string[]) => Promise<string>;
  /** What a container has written so far. */
  readonly logs: (container: string) => Promise<string>;
  readonly compose: (args: readonly string[], env: Readonly<Record<string, string>>) => Promise<string>;
  /** What a program needs in its environment to use the same podman. */
  readonly env: Readonly<Record<string, string>>;
}

/** Installs what is missing, as root on a Debian machine, and throws one line where it cannot. */
export async function setUpPodman(project: string): Promise<Podman> {
  mkdirSync(cache, { recursive: true });
  if (!which('podman')) await installPackages(PACKAGES);
  const env: Readonly<Record<string, string>> = mayRaiseLimits() ? {} : { CONTAINERS_CONF: writeContainersConf() };
  const composeProgram = await findCompose();
  return {
    env,
    podman: (...args) => run('podman', args, { env }),
    logs: (container) => run('podman', ['logs', container], { env, isMerged: true }),
    compose: (args, more) =>
      run(composeProgram, ['-f', join(root, 'deploy/compose.yaml'), '-p', project, ...args], { env: { ...env, ...more } }),
  };
}

/** As root with apt-get; else one line that names the packages. */
export async function installPackages(packages: readonly string[]): Promise<void> {
  if (process.getuid?.() !== 0 || !which('apt-get')) throw lack(`${packages[0]}: install ${packages.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await updatePackageLists();
  await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], { env });
}

/** A machine that never did so finds no package. */
export async function updatePackageLists(): Promise<void> {
  if (process.getuid?.() === 0) await run('apt-get', ['update', '-qq']);
}

async function findCompose(): Promise<string> {
  const venv = join(cache, `compose-${COMPOSE_VERSION}`);
  const program = join(venv, 'bin/podman-compose');
  if (await runs(program)) return program;
  const python = which('python3');
  if (!python) throw lack('python3, to install podman-compose with pip');
  try {
    await run(python, ['-m', 'venv', '--clear', venv]);
    await run(join(venv, 'bin/pip'), ['install', '--quiet', `podman-compose==${COMPOSE_VERSION}`]);
  } catch (error) {
    throw new Error(`test:pods needs podman-compose ${COMPOSE_VERSION}, which pip did not install`, { cause: error });
  }
  return program;
}

async function runs(program: string): Promise<boolean> {
  return run(program, ['--version']).then(
    () => true,
    () => false,
  );
}

/** Whether this process has CAP_SYS_RESOURCE (bit 24), without which a runtime cannot set the limits that podman asks for. */
function mayRaiseLimits(): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return (BigInt(`0x${effective}`) & (1n << 24n)) !== 0n;
}

/** A configuration that runs runc with the limits taken out of what it is asked for. No file of the system is touched. */
function writeContainersConf(): string {
  const runc = which('runc');
  if (!runc) throw lack('runc on a machine without CAP_SYS_RESOURCE');
  const wrapper = join(cache, 'runc-without-limits');
  const program = join(root, 'test/pods/drop-limits.mjs');
  writeFileSync(wrapper, `#!/bin/sh\n"${process.execPath}" "${program}" "$@" && exec "${runc}" "$@"\n`, { mode: 0o755 });
  const conf = join(cache, 'containers.conf');
  writeFileSync(conf, `[engine]\nruntime = "plain"\n[engine.runtimes]\nplain = ["${wrapper}"]\n[network]\nnetwork_backend = "netavark"\n`);
  return conf;
}
