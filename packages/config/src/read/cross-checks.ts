import { findNearest } from '../nearest.ts';
import { formatGot, formatKey, type Problem } from '../problem.ts';
import { bindingKey, parseBinding } from '../schema/binding.ts';
import { findDisabledProtocols, findMissingCertificates, findOursAmongAdapters, findUnknownProtocols } from './listener-checks.ts';
import type { YamlFile } from './yaml.ts';

/**
 * What one part of the file says about another: names given twice, apps of pools that do not exist, bindings that conflict, that nobody listens on
 * or that lack a certificate.
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
    ...findConflicts(apps, add),
    ...findUnknownProtocols(apps, names(listAt(yaml.value, 'listenerAdapters')), add),
    ...findOursAmongAdapters(listAt(yaml.value, 'listenerAdapters'), add),
    ...findDisabledProtocols(apps, add),
    ...findMissingCertificates(apps, listAt(yaml.value, 'tls'), add),
  ];
}

export type Add = (path: PropertyKey[], got: unknown, expected: string, message: string, nearest?: string) => Problem;
export type Item = Readonly<Record<string, unknown>>;

function listAt(value: unknown, key: string): Item[] {
  const list = typeof value === 'object' && value !== null ? (value as Item)[key] : undefined;
  return Array.isArray(list) ? list.map((item) => (typeof item === 'object' && item !== null ? (item as Item) : {})) : [];
}

const names = (items: readonly Item[]): string[] => items.flatMap(({ name }) => (typeof name === 'string' ? [name] : []));

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
  const known = names(pools);
  return apps.flatMap(({ pool }, index) => {
    if (typeof pool !== 'string' || pool === '' || known.includes(pool)) return [];
    const nearest = findNearest(pool, known);
    const expected = known.length > 0 ? `the name of a pool (${known.slice(0, 20).join(', ')})` : 'the name of a pool, and there is none';
    const tail = nearest ? `; did you mean "${nearest}"?` : '';
    return [add(['apps', index, 'pool'], pool, expected, `expected ${expected}, got ${formatGot(pool)}${tail}`, nearest)];
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
