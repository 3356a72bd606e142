import type { AppService } from './service.ts';
import type { Tally } from './tally.ts';

/** What takes the requests of `protocol` by what the app's module exports; undefined: it exports nothing for them. HTTP: app/exported-handler.ts. */
export function exportedService(_protocol: string, _exported: unknown, _tally: Tally): AppService | undefined {
  return undefined;
}
