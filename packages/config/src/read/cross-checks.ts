import { findNearest } from '../nearest.ts';
import { formatGot, formatKey, type Problem } from '../problem.ts';
import { bindingKey, parseBinding } from '../schema/binding.ts';
import type { YamlFile } from './yaml.ts';

/**
 * What one part of the file says about another: names given twice, apps of pools that do not exist, pools with two apps,
 * bindings that conflict.
 *
 * - Works on the written values and skips what has the wrong type, so that these problems show beside all others.
 */
export function crossCheck(yaml: YamlFile, file: string): Problem[] {
  const pools = listAt(yaml.value, 'pools');
  const apps = listAt(yaml.value, 'apps');
  const add = (path: PropertyKey[], got: unknown, expected: string, message: string, nearest?: string): Problem => ({
    code: 'CONFIG_INVALID',
    file,
    ...yaml.locate(path),
    key: formatKey(path),
    expected,
    got: formatGot(got),
    ...(nearest && { nearest }),
    message,
  });
  return [
    ...findDuplicateNames(pools, 'pools', add),
    ...findDuplicateNames(apps, 'apps', add),
    ...findMissingPools(pools, apps, add),
    ...findSharedPools(apps, add),
    ...findConflicts(apps, add),
  ];
}

type Add = (path: PropertyKey[], got: unknown, expected: string, message: string, nearest?: string) => Problem;
type Item = Readonly<Record<string, unknown>>;

function listAt(value: unknown, key: string): Item[] {
  const list = typeof value === 'object' && value !== null ? (value as Item)[key] : undefined;
  return Array.isArray(list) ? list.map((item) => (typeof item === 'object' && item !== null ? (item as Item) : {})) : [];
}

function findDuplicateNames(items: readonly Item[], list: string, add: Add): Problem[] {
  const seen = new Map<string, number>();
  return items.flatMap(({ name }, index) => {
    if (typeof name !== 'string') return [];
    const first = seen.get(name.toLowerCase());
    if (first === undefined) {
      seen.set(name.toLowerCase(), index);
      return [];
    }
    const what = items[first]!.name === name ? 'the same name' : 'a name that differs in case only';
    return [
      add(
        [list, index, 'name'],
        name,
        'a name of its own',
        `expected a name of its own, got ${formatGot(name)}; ${list}[${first}] has ${what}`,
      ),
    ];
  });
}

function findMissingPools(pools: readonly Item[], apps: readonly Item[], add: Add): Problem[] {
  const names = pools.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));
  return apps.flatMap(({ pool }, index) => {
    if (typeof pool !== 'string' || pool === '' || names.includes(pool)) return [];
    const nearest = findNearest(pool, names);
    const expected = names.length > 0 ? `the name of a pool (${names.slice(0, 20).join(', ')})` : 'the name of a pool, and there is none';
    const tail = nearest ? `; did you mean "${nearest}"?` : '';
    return [add(['apps', index, 'pool'], pool, expected, `expected ${expected}, got ${formatGot(pool)}${tail}`, nearest)];
  });
}

/** A worker process of this release runs one app. */
function findSharedPools(apps: readonly Item[], add: Add): Problem[] {
  const owners = new Map<string, number>();
  return apps.flatMap(({ pool }, index) => {
    if (typeof pool !== 'string') return [];
    const owner = owners.get(pool);
    if (owner === undefined) {
      owners.set(pool, index);
      return [];
    }
    const message = `two apps in one pool are not supported yet, and apps[${owner}] is in ${formatGot(pool)}; give each app a pool of its own`;
    return [{ ...add(['apps', index, 'pool'], pool, 'a pool without another app', message), code: 'NOT_SUPPORTED_YET' }];
  });
}

function findConflicts(apps: readonly Item[], add: Add): Problem[] {
  const owners = new Map<string, string>();
  return apps.flatMap(({ bindings }, app) =>
    (Array.isArray(bindings) ? bindings : []).flatMap((text: unknown, index) => {
      const parsed = parseBinding(text);
      if (!('ok' in parsed)) return [];
      const key = bindingKey(parsed.ok);
      const path = `apps[${app}].bindings[${index}]`;
      const owner = owners.get(key);
      if (owner === undefined) {
        owners.set(key, path);
        return [];
      }
      const message = `expected a binding of its own, got ${formatGot(text)}, which ${owner} has`;
      return [add(['apps', app, 'bindings', index], text, 'a binding of its own', message)];
    }),
  );
}
