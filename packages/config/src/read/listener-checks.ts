import { findNearest } from '../nearest.ts';
import { formatGot, type Problem } from '../problem.ts';
import { type Binding, PROTOCOLS, parseBinding, SCHEMES, suggestBinding } from '../schema/binding.ts';
import type { Add, Item } from './cross-checks.ts';

/** Bindings that can be read, with where they stand. */
function bindingsIn(apps: readonly Item[]): { readonly binding: Binding; readonly app: number; readonly path: PropertyKey[] }[] {
  return apps.flatMap(({ bindings }, app) =>
    (Array.isArray(bindings) ? bindings : []).flatMap((text: unknown, index) => {
      const parsed = parseBinding(text);
      return 'ok' in parsed ? [{ binding: parsed.ok, app, path: ['apps', app, 'bindings', index] }] : [];
    }),
  );
}

const isOurs = (protocol: string): boolean => PROTOCOLS.some((ours) => ours === protocol);

/** Bindings of a protocol that is neither ours nor that of a listener adapter in the file. */
export function findUnknownProtocols(apps: readonly Item[], adapters: readonly string[], add: Add): Problem[] {
  const schemes = [...Object.keys(SCHEMES), ...adapters];
  return bindingsIn(apps).flatMap(({ binding: { protocol, text }, path }) => {
    if (isOurs(protocol) || adapters.includes(protocol)) return [];
    const nearest = suggestBinding(text, schemes);
    const expected = `a binding of one of the protocols ${schemes.map((scheme) => `${scheme}://`).join(', ')}`;
    const advice = nearest
      ? `did you mean "${nearest}"?`
      : `an adapter of its own would stand in listenerAdapters as { name: ${protocol} }`;
    return [add(path, text, expected, `expected ${expected}, got ${formatGot(text)}; ${advice}`, nearest)];
  });
}

/** A listener adapter that would take a protocol of ours. */
export function findOursAmongAdapters(adapters: readonly Item[], add: Add): Problem[] {
  return adapters.flatMap(({ name }, index) => {
    if (typeof name !== 'string' || !(isOurs(name) || Object.hasOwn(SCHEMES, name))) return [];
    const expected = 'a protocol that Baton has no adapter for';
    return [add(['listenerAdapters', index, 'name'], name, expected, `expected ${expected}, got ${formatGot(name)}, which is built in`)];
  });
}

/** Protocols that are enabled and that the app is not bound to. */
export function findDisabledProtocols(apps: readonly Item[], add: Add): Problem[] {
  const bound = bindingsIn(apps);
  return apps.flatMap(({ enabledProtocols }, app) => {
    const protocols = [...new Set(bound.filter((one) => one.app === app).map(({ binding }) => binding.protocol))];
    return (Array.isArray(enabledProtocols) ? enabledProtocols : []).flatMap((name: unknown, index) => {
      if (typeof name !== 'string' || protocols.includes(name)) return [];
      const nearest = name === 'https' ? 'http' : name === 'tls' ? 'tcp' : findNearest(name, protocols);
      const expected = `a protocol of its bindings (${protocols.join(', ')})`;
      const tail = nearest ? `; did you mean "${nearest}"?` : '';
      return [
        add(['apps', app, 'enabledProtocols', index], name, expected, `expected ${expected}, got ${formatGot(name)}${tail}`, nearest),
      ];
    });
  });
}

/** Secure bindings that no certificate fits. */
export function findMissingCertificates(apps: readonly Item[], tls: readonly Item[], add: Add): Problem[] {
  const hosts = tls.flatMap(({ host }) => (typeof host === 'string' ? [host.toLowerCase()] : []));
  return bindingsIn(apps).flatMap(({ binding: { isSecure, host, text }, path }) => {
    if (!isSecure || hosts.some((name) => fits(name, host))) return [];
    const expected = `a certificate for ${host === '*' ? 'at least one host' : host} in tls`;
    return [add(path, text, expected, `expected ${expected}, which ${formatGot(text)} needs; add { host: ${host}, cert: …, key: … }`)];
  });
}

/** Whether a certificate for `name` may be shown to clients of `host`; a binding of any host takes any. */
function fits(name: string, host: string): boolean {
  if (host === '*' || name === '*' || name === host) return true;
  return name.startsWith('*.') && host.slice(host.indexOf('.')) === name.slice(1);
}
