import { EXECUTE_FLAG_NO_HEADERS } from '../constants/child-flags.ts';
import type { ApplicationContext } from '../context/application-context.ts';
import { AppSink } from '../context/child/app-sink.ts';
import { contextOf } from '../context/context-of.ts';
import { toPhysicalPath } from '../context/map-path.ts';
import { HostError } from '../errors/host-error.ts';
import type { ExtensionServices } from '../isapi/extension-services.ts';
import type { WriteLog } from '../server/server-host.ts';

export interface ExtensionParts {
  readonly server: ExtensionServices['server'];
  readonly pool: ExtensionServices['pool'];
  readonly log: WriteLog;
  /** Of the pipeline that its requests go through, with modules or without. */
  readonly application: ApplicationContext;
}

/** What a host whose requests all go through a pipeline gives to its extension. */
export function extensionServices({ server, pool, log, application }: ExtensionParts): ExtensionServices {
  return {
    server,
    pool,
    log,
    contextOf,
    mapPath: (url, req) => contextOf(req)?.mapPath(url) ?? toPhysicalPath(application, url),
    executeRequest: async (req, _res, { url, method, headers, body }, { noHeaders, output }) => {
      const context = contextOf(req);
      if (!context) throw new HostError('ERROR_INVALID_STATE', 'A child request belongs to a request of this host; this one is none.');
      const lines = Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]));
      const target = { url, method, headers: lines, body };
      return context.children.executeTarget(target, noHeaders ? EXECUTE_FLAG_NO_HEADERS : 0, new AppSink(output));
    },
  };
}
