import type { OpenedAdapter } from '@baton/adapter-kit';

/** What a listener with connections has counted. */
export interface ConnectionFigures {
  readonly connectionCount: number;
  readonly accepted: number;
  /** By error code: reset before they were those of an application. */
  readonly refusals?: ReadonlyMap<string, number>;
}

/** A protocol of an adapter process beside HTTP. */
export interface Served extends OpenedAdapter {
  /** Undefined: it has no connections. */
  readonly figures?: () => ConnectionFigures;
}
