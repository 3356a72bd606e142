import { DEFAULT_LIMITS, type Limits, portLimits } from '../admit/limits.ts';
import type { Application } from '../forward/application.ts';
import type { Pool } from '../pool.ts';
import { type Binding, isHttpBinding, parseBinding } from './binding.ts';
import { type ListenAddress, planListeners } from './listen-plan.ts';
import { type Route, RouteTable } from './table.ts';

/** An application as WAS describes it to an adapter. */
export interface ApplicationSettings {
  readonly appKey: string;
  readonly pool: string;
  /** "http://host:port/path"; bindings of other protocols are not this listener's. */
  readonly bindings: readonly string[];
  readonly isBlocked: boolean;
  readonly limits: Limits;
  readonly isTrustingProxy: boolean;
  readonly hasDiagnosticHeaders: boolean;
  readonly isReplaySafe: boolean;
}

/** An application with what is not said left at its default. */
export type GivenApplication = Pick<ApplicationSettings, 'appKey' | 'pool' | 'bindings'> & Partial<ApplicationSettings>;

export const DEFAULT_APPLICATION_SETTINGS: Omit<ApplicationSettings, 'appKey' | 'pool' | 'bindings'> = Object.freeze({
  isBlocked: false,
  limits: DEFAULT_LIMITS,
  isTrustingProxy: false,
  hasDiagnosticHeaders: false,
  isReplaySafe: true,
});

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
  add(settings: ApplicationSettings, pool: Pool): void {
    const { bindings, ...facts } = settings;
    const application: Application = { ...facts, place: pool.place, counters: pool.counters };
    this.sites.set(settings.appKey, { application, bindings: bindings.filter(isHttpBinding).map(parseBinding) });
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
