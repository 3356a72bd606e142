#!/usr/bin/env node
// All set-up of a fresh clone, for `npm start` and `npm test`: dependencies and the pinned Node, the build, Redis.
// Runs on the Node that happens to be installed (>= 20), therefore plain JavaScript without dependencies.
//   node scripts/setup.mjs [--install] [--build-only]
//   --install: may call the package manager although not root (through sudo); --build-only: needs no Redis, for images
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const node = join(root, 'node_modules/.bin/node');
process.chdir(root);

if (Number(process.versions.node.split('.')[0]) < 20)
  fail(`Node 20 or later is needed to set up, this is ${process.version}. Install a newer Node.`);
installDependencies();
build();
if (!process.argv.includes('--build-only')) provideRedis();

function installDependencies() {
  const stamp = 'node_modules/.baton-lock';
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted && existsSync(node)) return;
  say('installing dependencies and the pinned Node (once)');
  run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], 'Check the network and the npm registry, then try again.');
  const { status } = spawnSync(node, ['--version'], { stdio: 'ignore' });
  if (status !== 0) fail('the pinned Node is missing: npm did not run the install script of the package "node". Run "npm rebuild node".');
  writeFileSync(stamp, wanted);
}

function build() {
  run(node, ['node_modules/typescript/bin/tsc', '-b'], 'Correct the type errors above.');
  run(node, ['scripts/bundle-child.ts'], 'The bundler says above what it lacks.');
}

// The system's own Redis service is never started: of Debian's packages only redis-tools is taken, whose redis-check-rdb
// is the server binary under another name (it looks at the name it is called by).
function provideRedis() {
  if (onPath('redis-server') || onPath('valkey-server')) return;
  const local = join(root, 'node_modules/.bin/redis-server');
  if (existsSync(local)) return;
  const sameBinary = '/usr/bin/redis-check-rdb';
  if (!existsSync(sameBinary)) installRedis();
  if (onPath('redis-server') || onPath('valkey-server')) return;
  if (!existsSync(sameBinary))
    fail('no redis-server or valkey-server on PATH. Install one, for example "apt-get install redis-server" or "brew install redis".');
  mkdirSync(join(root, 'node_modules/.bin'), { recursive: true });
  symlinkSync(sameBinary, local);
}

function installRedis() {
  const isRoot = process.getuid?.() === 0;
  const mayInstall = isRoot || process.argv.includes('--install');
  const manager = ['apt-get', 'brew', 'dnf', 'apk'].find(onPath);
  if (!mayInstall || !manager)
    fail(
      'no redis-server or valkey-server on PATH. Install one ("apt-get install redis-server", "brew install redis"), or pass --install.',
    );
  say(`installing Redis with ${manager} (once)`);
  const sudo = isRoot || manager === 'brew' ? [] : ['sudo'];
  const sh = (...args) => run([...sudo, ...args][0], [...sudo, ...args].slice(1), 'Install Redis 6.2 or later by hand.');
  if (manager === 'apt-get') {
    sh('apt-get', 'update', '-qq');
    sh('apt-get', 'install', '-y', '-qq', '--no-install-recommends', 'redis-tools');
  } else if (manager === 'brew') sh('brew', 'install', 'redis');
  else if (manager === 'dnf') sh('dnf', 'install', '-y', 'redis');
  else sh('apk', 'add', 'redis');
}

function onPath(command) {
  return (process.env.PATH ?? '').split(delimiter).some((dir) => {
    try {
      accessSync(join(dir, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command, args, hint) {
  try {
    execFileSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  } catch (error) {
    fail(`"${command} ${args[0] ?? ''}" failed (${error.status ?? error.code}). ${hint}`);
  }
}

function say(line) {
  process.stderr.write(`baton: ${line}\n`);
}

function fail(line) {
  say(line);
  process.exit(1);
}
