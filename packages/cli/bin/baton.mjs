#!/usr/bin/env node
// The `baton` command. Runs on whatever Node is installed (20 or later) and hands over to the one that this release is pinned to.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const PINNED_MAJOR = 24;
const main = fileURLToPath(new URL('../dist/main.js', import.meta.url));

if (!existsSync(main)) {
  console.error('INTERNAL: the command is not built. Run "npm run build"');
  process.exit(1);
}
if (Number(process.versions.node.split('.')[0]) === PINNED_MAJOR) {
  await import(main);
} else {
  const pinned = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));
  if (!existsSync(pinned)) {
    console.error(`INTERNAL: Node ${PINNED_MAJOR} is needed, this is ${process.version}. Run "npm ci", which brings it, or install it`);
    process.exit(1);
  }
  // With an IPC channel, so that the command stops when this process is killed.
  const child = spawn(pinned, [main, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'ipc'] });
  process.title = 'baton';
  // A terminal sends Ctrl-C to both processes; "baton up" takes two signals at almost the same time for one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => {
    console.error(`INTERNAL: ${pinned} cannot be started (${error.message})`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
