import { type Binding, isAddress } from './binding.ts';

/** One way to an application. */
export interface Route<App> extends Binding {
  readonly app: App;
}

/** Routes of one port, sorted so that the first that fits is the right one. */
interface PortRoutes<App> {
  /** By host name. */
  readonly named: Map<string, Route<App>[]>;
  /** By address the request arrived at. */
  readonly byAddress: Map<string, Route<App>[]>;
  readonly any: Route<App>[];
}

/**
 * Which application a request belongs to: by host name, else by the address it arrived at, else any host; within one the longest path on segment boundaries.
 *
 * - A host whose paths do not fit falls back to the address, then to "*".
 * - Of two routes for the same host, port and path the first one counts.
 * - Immutable: a change of bindings builds a new table.
 */
export class RouteTable<App> {
  private readonly ports = new Map<number, PortRoutes<App>>();

  constructor(routes: readonly Route<App>[]) {
    for (const route of routes) {
      let port = this.ports.get(route.port);
      if (!port) {
        port = { named: new Map(), byAddress: new Map(), any: [] };
        this.ports.set(route.port, port);
      }
      if (route.host === '*') port.any.push(route);
      else add(isAddress(route.host) ? port.byAddress : port.named, route);
    }
    for (const { named, byAddress, any } of this.ports.values()) {
      for (const list of [...named.values(), ...byAddress.values(), any]) list.sort((a, b) => b.path.length - a.path.length);
    }
  }

  /** `host` as the request names it (any case, port allowed, may be missing); `path` without query; `address` where it arrived. */
  find(port: number, host: string, path: string, address: string): App | undefined {
    const routes = this.ports.get(port);
    if (!routes) return undefined;
    if (routes.named.size > 0) {
      const app = longest(routes.named.get(hostName(host)), path);
      if (app !== undefined) return app;
    }
    if (routes.byAddress.size > 0) {
      const app = longest(routes.byAddress.get(address), path);
      if (app !== undefined) return app;
    }
    return longest(routes.any, path);
  }
}

function add<App>(map: Map<string, Route<App>[]>, route: Route<App>): void {
  const list = map.get(route.host);
  if (list) list.push(route);
  else map.set(route.host, [route]);
}

function longest<App>(routes: readonly Route<App>[] | undefined, path: string): App | undefined {
  if (!routes) return undefined;
  for (const route of routes) {
    const prefix = route.path;
    if (prefix.length === 1 || path.startsWith(prefix)) return route.app;
    // "/shop" is the root of "/shop/".
    if (path.length === prefix.length - 1 && prefix.startsWith(path)) return route.app;
  }
  return undefined;
}

/** Host name of a Host value: lower case, without port, brackets and a trailing dot. */
export function hostName(host: string): string {
  const end = host.startsWith('[') ? host.indexOf(']') : host.indexOf(':');
  const name = end < 0 ? host : host.slice(host.startsWith('[') ? 1 : 0, end);
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

/** An IPv4 address that a dual-stack socket shows as IPv6, in its own form. */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') ? address.slice(7) : address;
}
