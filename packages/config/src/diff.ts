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
  readonly effect: 'in place' | 'new workers' | 'listeners' | 'pool' | 'none';
}

/** What `apply` of `after` changes on a cluster that runs `before`; pools and apps are matched by name. */
export function diffConfig(before: Config, after: Config): Change[] {
  const changes: Change[] = [];
  compare('pools', byName(before.pools), byName(after.pools), changes, 1);
  compare('apps', byName(before.apps), byName(after.apps), changes, 1);
  for (const key of ['limits', 'trustProxy', 'diagnosticHeaders', 'listen'] as const) compare(key, before[key], after[key], changes, 0);
  return changes;
}

function byName<T extends { readonly name: string }>(items: readonly T[]): Record<string, T> {
  return Object.fromEntries(items.map((item) => [item.name, item]));
}

type Mapping = Readonly<Record<string, unknown>>;

/** `whole` levels of keys are named items, which come and go as a whole. */
function compare(path: string, before: unknown, after: unknown, changes: Change[], whole: number): void {
  if (isDeepStrictEqual(before, after)) return;
  const isStep = isMapping(before) && isMapping(after) && !path.includes('.environmentVariables.');
  if (isStep) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const [was, is] = [own(before, key), own(after, key)];
      if (whole > 0 && (was === undefined || is === undefined)) changes.push(change(`${path}.${key}`, was, is));
      else compare(`${path}.${key}`, was, is, changes, Math.max(0, whole - 1));
    }
    return;
  }
  changes.push(change(path, before, after));
}

const own = (value: Mapping, key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function change(path: string, before: unknown, after: unknown): Change {
  const action = before === undefined ? 'add' : after === undefined ? 'remove' : 'change';
  return { path, action, from: show(path, before), to: show(path, after), effect: effectOf(path) };
}

/** A value as the operator wrote it; of environment variables with a secret only where it comes from is known here. */
function show(path: string, value: unknown): string {
  if (value === undefined) return '';
  if (isMapping(value) && path.includes('.environmentVariables.')) {
    const { literal, fromEnv, fromFile } = value;
    if (typeof literal === 'string') return literal;
    return typeof fromEnv === 'string' ? `fromEnv: ${fromEnv}` : `fromFile: ${String(fromFile)}`;
  }
  return JSON.stringify(value);
}

/** Settings that a process gets when it starts (reference: configuration changes that recycle); a running one keeps the old value. */
const OF_THE_PROCESS = /^pools\.[^.]+\.(processModel\.(idleTimeout|startupTimeLimit|shutdownTimeLimit)|environmentVariables|identity)/;

function effectOf(path: string): Change['effect'] {
  if (/^(pools|apps)\.[^.]+$/.test(path)) return path.startsWith('pools') ? 'pool' : 'listeners';
  if (/^apps\.[^.]+\.(bindings|pool)$/.test(path)) return 'listeners';
  if (/^apps\.[^.]+\.(entry|version)$/.test(path) || OF_THE_PROCESS.test(path)) return 'new workers';
  return path.startsWith('listen') ? 'none' : 'in place';
}
