// drop-limits.mjs RUNC_ARGS…: takes the rlimits out of the container or the process that runc is about to start.
// Podman always asks for some, and setting them needs CAP_SYS_RESOURCE, which a container in a container seldom has.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const args = process.argv.slice(2);
const bundle = after('--bundle');
const processFile = after('--process');
if (bundle) edit(join(bundle, 'config.json'), (config) => config.process);
if (processFile) edit(processFile, (config) => config);

function after(flag) {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

function edit(file, processOf) {
  const config = JSON.parse(readFileSync(file, 'utf8'));
  delete processOf(config).rlimits;
  writeFileSync(file, JSON.stringify(config));
}
