// Imports go one way (docs/architecture.md). Refuses any other import between workspaces, in sources and in package.json.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const MAY_IMPORT: Record<string, readonly string[]> = {
  'packages/core': [],
  proto: ['core'],
  'packages/config': ['core', 'proto'],
  'packages/telemetry': ['core', 'proto'],
  'packages/store': ['core', 'proto', 'config', 'telemetry'],
  'packages/channel': ['core', 'proto', 'config', 'telemetry'],
  'packages/adapter-kit': ['core', 'proto', 'config', 'telemetry', 'store', 'channel'],
  'packages/sdk': [],
  'packages/admin': ['core', 'proto'],
  'services/adapter': ['core', 'proto', 'config', 'telemetry', 'store', 'channel', 'adapter-kit'],
  'services/was': ['core', 'proto', 'config', 'telemetry', 'store', 'channel'],
  'services/worker': ['core', 'proto', 'config', 'telemetry', 'store', 'channel', 'sdk'],
  'packages/cli': ['core', 'proto', 'config', 'admin'],
  'examples/adapter-udp': ['adapter-kit'],
};

/** Ways into a workspace beside its index, and the files that may take them. */
const SIDE_DOORS: Readonly<Record<string, RegExp>> = {
  '@baton/telemetry/exposition': /^services\/(adapter|was|worker)\/src\/(?!child\/)/,
  '@baton/sdk/host': /^services\/worker\/src\/child\//,
  // For tests alone, which may take any.
  '@baton/adapter-kit/testing': /^$/,
  '@baton/core/testing': /^$/,
  '@baton/sdk/testing': /^$/,
  '@baton/adapter-kit/conformance': /^$/,
  '@baton/telemetry/start': /^services\/(adapter|was|worker)\/src\/main\.ts$/,
};

const problems: string[] = [];
for (const [folder, allowed] of Object.entries(MAY_IMPORT)) {
  const declared = Object.keys(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).dependencies ?? {});
  for (const name of declared.filter((name) => name.startsWith('@baton/')))
    if (!allowed.includes(name.slice('@baton/'.length))) problems.push(`${folder}/package.json depends on ${name}`);
  for (const file of sources(join(folder, 'src'))) {
    const text = readFileSync(file, 'utf8');
    for (const [, wanted] of text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)) {
      if (wanted?.startsWith('@baton/')) {
        const name = wanted.split('/')[1] ?? '';
        const own = folder.endsWith(`/${name}`) || folder === name;
        if (own || (!isTest(file) && !allowed.includes(name))) problems.push(`${file} imports ${wanted}`);
        else if (wanted in SIDE_DOORS) {
          if (!isTest(file) && !SIDE_DOORS[wanted]!.test(file)) problems.push(`${file} imports ${wanted}, which is not for it`);
        } else if (wanted.split('/').length > 2 && !(name === 'proto' && wanted.split('/').length === 3))
          problems.push(`${file} reaches into ${wanted}`);
      } else if (wanted?.startsWith('.') && leaves(folder, file, wanted)) problems.push(`${file} leaves its workspace: ${wanted}`);
      else if (/^[a-z@]/.test(wanted ?? '') && !wanted!.startsWith('node:') && !isTest(file)) {
        const packageName = wanted!
          .split('/')
          .slice(0, wanted!.startsWith('@') ? 2 : 1)
          .join('/');
        if (!declared.includes(packageName)) problems.push(`${file} imports ${packageName}, which ${folder}/package.json does not declare`);
      }
    }
  }
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log('imports go one way');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.includes('/gen'))
    .map((entry) => join(entry.parentPath, entry.name));
}

function leaves(folder: string, file: string, wanted: string): boolean {
  return !join(file, '..', wanted).startsWith(`${folder}/src`);
}

/** Tests and what only tests use may take more. */
function isTest(file: string): boolean {
  return file.endsWith('.test.ts') || file.includes('/testing/');
}
