import { findExport } from '../exports.ts';
import { findProcessor } from '../job/find-processor.ts';
import { JobService } from '../job/job-service.ts';
import type { AppService } from '../service/service.ts';
import type { Tally } from '../service/tally.ts';
import { ExportedConnection, type HandleConnection } from '../tcp/exported-connection.ts';

/**
 * What takes the requests of `protocol` by what the app's module exports; undefined: it exports nothing for them. HTTP: app/exported-handler.ts.
 *
 * - `hasHttp`: the app has an http binding too, so that a bare function is its listener.
 */
export function exportedService(protocol: string, exported: unknown, tally: Tally, hasHttp: boolean): AppService | undefined {
  if (protocol === 'queue') {
    const processor = findProcessor(exported, !hasHttp);
    return processor && new JobService(processor, tally);
  }
  const handle = findExport<HandleConnection>(exported, 'handleConnection');
  return handle && new ExportedConnection(handle, tally);
}
