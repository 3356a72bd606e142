import { type Application, type Limits, portLimits } from '@baton/adapter-kit';
import { type Binding, isHttpBinding, parseBinding } from './binding.ts';
import { type ListenAddress, planListeners } from './listen-plan.ts';
import { type Route, RouteTable } from './table.ts';

interface Site {
  readonly application: Application;
  readonly bindings: readonly Binding[];
}

/** The applications this adapter serves, and the routes to them. */
export class Sites {
  /** Replaced as a whole when an application comes or goes. */
  readonly routes: { table: RouteTable<Application> } = { table: new RouteTable([]) };
  private readonly sites = new Map<string, Site>();

  /** Throws CONFIG_INVALID for a binding that cannot be read. */
  add(application: Application): void {
    this.sites.set(application.appKey, { application, bindings: application.bindings.filter(isHttpBinding).map(parseBinding) });
    this.rebuild();
  }

  remove(appKey: string): void {
    if (this.sites.delete(appKey)) this.rebuild();
  }

  has(appKey: string): boolean {
    return this.sites.has(appKey);
  }

  keys(): readonly string[] {
    return [...this.sites.keys()];
  }

  listenAddresses(): ListenAddress[] {
    return planListeners([...this.sites.values()].flatMap(({ bindings }) => bindings));
  }

  /** What a connection on `port` may do before its application is known. */
  limitsOf(port: number): Limits {
    const bound = [...this.sites.values()].filter(({ bindings }) => bindings.some((binding) => binding.port === port));
    return portLimits(bound.map(({ application }) => application.limits));
  }

  private rebuild(): void {
    const routes: Route<Application>[] = [];
    for (const { application, bindings } of this.sites.values()) {
      for (const binding of bindings) routes.push({ ...binding, app: application });
    }
    this.routes.table = new RouteTable(routes);
  }
}
