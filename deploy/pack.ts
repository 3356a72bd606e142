// node deploy/pack.ts SERVICE_FOLDER TARGET: what a service needs to run, and nothing else, as a tree of its own.
// Its workspaces without their sources and tests, and the packages they depend on, each where Node finds it. Run by the Dockerfiles after the build.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

const [service, target] = process.argv.slice(2);
if (service === undefined || target === undefined || !existsSync(join(service, 'package.json')))
  throw new Error('usage: node deploy/pack.ts SERVICE_FOLDER TARGET, in the root of the repository');

const root = process.cwd();
const done = new Set<string>();
take(join(root, service));
for (const folder of done) if (isOurs(folder)) linkWorkspace(folder);
console.log(`${done.size} packages for ${service}`);

/** Copies a package and everything it depends on. */
function take(folder: string): void {
  if (done.has(folder)) return;
  done.add(folder);
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, Record<string, unknown> | undefined>;
  const to = join(target!, relative(root, folder));
  mkdirSync(to, { recursive: true });
  const isWanted = isOurs(folder) ? isNeededOfOurs : isNeeded;
  cpSync(folder, to, { recursive: true, preserveTimestamps: true, filter: (path) => isWanted(path) && !isNested(folder, path) });
  for (const name of Object.keys(manifest.dependencies ?? {})) take(find(name, folder) ?? missing(name, folder));
  for (const name of Object.keys({ ...manifest.optionalDependencies, ...requiredPeers(manifest) })) {
    const found = find(name, folder);
    if (found !== undefined) take(found);
  }
}

/** Where Node finds a package that a file in `folder` imports; links are followed. */
function find(name: string, folder: string): string | undefined {
  for (let from = folder; ; from = dirname(from)) {
    const path = join(from, 'node_modules', name);
    if (existsSync(path)) return realpathSync(path);
    if (from === root) return undefined;
  }
}

function requiredPeers(manifest: Record<string, Record<string, unknown> | undefined>): Record<string, unknown> {
  const optional = manifest.peerDependenciesMeta ?? {};
  return Object.fromEntries(Object.entries(manifest.peerDependencies ?? {}).filter(([name]) => optional[name] === undefined));
}

/** As npm links a workspace. */
function linkWorkspace(folder: string): void {
  const { name } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { name: string };
  const link = join(target!, 'node_modules', name);
  mkdirSync(dirname(link), { recursive: true });
  rmSync(link, { force: true });
  symlinkSync(relative(dirname(link), join(target!, relative(root, folder))), link);
}

function isOurs(folder: string): boolean {
  return !relative(root, folder).split(sep).includes('node_modules');
}

/** Packages below it are taken for themselves, if anything needs them. */
function isNested(folder: string, path: string): boolean {
  return relative(folder, path).split(sep).includes('node_modules');
}

function isNeededOfOurs(path: string): boolean {
  return isNeeded(path) && basename(path) !== 'src' && !/(\.test\.js|\.proto|\.binpb|tsconfig\.json)$/.test(path);
}

function isNeeded(path: string): boolean {
  return !/\.(map|d\.[cm]?ts|md|tsbuildinfo)$/i.test(path);
}

function missing(name: string, folder: string): never {
  const here = readdirSync(join(root, 'node_modules')).length;
  throw new Error(`${name}, which ${relative(root, folder)} depends on, is not installed (${here} packages are); run "npm ci"`);
}
