import { isDeepStrictEqual } from 'node:util';
import type { Config } from './parse.ts';

/** One difference between two configurations. */
export interface Change {
  /** "pools.shop.processModel.idleTimeoutMs", "apps.shop", "limits.queueTimeoutMs". */
  readonly path: string;
  readonly action: 'add' | 'remove' | 'change';
  /** JSON of the value before; empty for an addition. */
  readonly from: string;
  /** JSON of the value after; empty for a removal. */
  readonly to: string;
  /** recycle: running workers are replaced slot by slot; new workers: the pool keeps those that run (disallowRotationOnConfigChange). */
  readonly effect: 'in place' | 'recycle' | 'new workers' | 'listeners' | 'pool' | 'none';
}

/** What `apply` of `after` changes on a cluster that runs `before`; pools and apps are matched by name. */
export function diffConfig(before: Config, after: Config): Change[] {
  const changes: Change[] = [];
  const add = (path: readonly string[], was: unknown, is: unknown) => changes.push(change(path, was, is, effectOf(path, after)));
  compare(['pools'], byName(before.pools), byName(after.pools), add, 1);
  compare(['apps'], byName(before.apps), byName(after.apps), add, 1);
  for (const key of ['limits', 'trustProxy', 'diagnosticHeaders', 'listen', 'tls', 'queues', 'listenerAdapters'] as const)
    compare([key], before[key], after[key], add, 0);
  return changes;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.name, item]));
}

type Mapping = Readonly<Record<string, unknown>>;
type Add = (path: readonly string[], before: unknown, after: unknown) => void;

/** `whole` levels of keys are named items, which come and go as a whole; so does an environment variable. */
function compare(path: readonly string[], before: unknown, after: unknown, add: Add, whole: number): void {
  if (isDeepStrictEqual(before, after)) return;
  if (!isMapping(before) || !isMapping(after) || isVariable(path)) return void add(path, before, after);
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [own(before, key), own(after, key)];
    if (whole > 0 && (was === undefined || is === undefined)) add([...path, key], was, is);
    else compare([...path, key], was, is, add, Math.max(0, whole - 1));
  }
}

const own = (value: Mapping, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);

const isVariable = (path: readonly string[]): boolean => path.length > 3 && path[2] === 'environmentVariables';

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function change(path: readonly string[], before: unknown, after: unknown, effect: Change['effect']): Change {
  const action = before === undefined ? 'add' : after === undefined ? 'remove' : 'change';
  return { path: path.join('.'), action, from: show(path, before), to: show(path, after), effect };
}

/** A value as the operator wrote it; of environment variables with a secret only where it comes from is known here. */
function show(path: readonly string[], value: unknown): string {
  if (value === undefined) return '';
  if (isMapping(value) && isVariable(path)) {
    const { literal, fromEnv, fromFile } = value;
    if (typeof literal === 'string') return literal;
    return typeof fromEnv === 'string' ? `fromEnv: ${fromEnv}` : `fromFile: ${String(fromFile)}`;
  }
  return JSON.stringify(value);
}

/** Settings of a pool that a process gets when it starts; see ProcessSettings. */
const OF_THE_PROCESS =
  /^(processModel\.(idleTimeout|startupTimeLimit|shutdownTimeLimit)Ms|environmentVariables\b.*|threadPool\..*|identity)$/;

/** The same of an app. */
const OF_THE_APP = ['entry', 'version', 'preload', 'modules'];

function effectOf([list, name, ...rest]: readonly string[], after: Config): Change['effect'] {
  const key = rest.join('.');
  if (list === 'pools') {
    if (key === '') return 'pool';
    return OF_THE_PROCESS.test(key) ? effectOnWorkers(name, after) : 'in place';
  }
  if (list === 'apps') {
    if (key === '' || ['bindings', 'pool', 'enabledProtocols', 'proxyProtocol'].includes(key)) return 'listeners';
    return OF_THE_APP.includes(key) ? effectOnWorkers(after.apps.find((app) => app.name === name)?.pool, after) : 'in place';
  }
  if (list === 'tls') return 'listeners';
  return list === 'listen' && name === 'admin' ? 'none' : 'in place';
}

function effectOnWorkers(pool: string | undefined, { pools }: Config): Change['effect'] {
  const isKept = pools.find(({ name }) => name === pool)?.recycling.disallowRotationOnConfigChange === true;
  return isKept ? 'new workers' : 'recycle';
}
