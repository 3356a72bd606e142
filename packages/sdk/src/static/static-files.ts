import type { IncomingMessage, ServerResponse } from 'node:http';
import { RQ_EXECUTE_REQUEST_HANDLER } from '../constants/request-notifications.ts';
import { type RequestNotificationStatus, RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import { findFile } from './find-file.ts';
import { sendFile } from './send-file.ts';
import { readStaticOptions, type StaticOptions, type StaticSettings } from './static-options.ts';

/** What registers the module with the pipeline, as far as it is used here. */
interface Registration {
  setRequestNotifications(factory: { getHttpModule(): StaticModule }, mask: number, postMask: number): void;
}

/**
 * Files of a folder: a listener of 'request', a middleware where it is called with `next`, and a module (`export const { registerModule } = staticFiles(…)`).
 *
 * - GET and HEAD of a file that is there are answered: ETag, Last-Modified, conditions, a range, Cache-Control, Content-Type.
 * - The module answers in RQ_EXECUTE_REQUEST_HANDLER; what is no file goes to the app. The listener answers it with 404, or calls `next`.
 */
export interface StaticFiles {
  (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void;
  readonly registerModule: (serverVersion: number, info: Registration) => void;
}

/** Serves the files of a folder. */
export function staticFiles(options: StaticOptions): StaticFiles {
  const settings = readStaticOptions(options);
  const listener = (req: IncomingMessage, res: ServerResponse, next?: (error?: unknown) => void): void => {
    serve(settings, req, res, next).catch((error: unknown) => {
      if (next) next(error);
      else res.destroy(error as Error);
    });
  };
  const module = new StaticModule(settings);
  return Object.assign(listener, {
    registerModule: (_serverVersion: number, info: Registration) =>
      // It keeps nothing of a request, so one object serves all.
      info.setRequestNotifications({ getHttpModule: () => module }, RQ_EXECUTE_REQUEST_HANDLER, 0),
  });
}

async function serve(settings: StaticSettings, req: IncomingMessage, res: ServerResponse, next?: () => void): Promise<void> {
  const found = await findFile(req, settings);
  if (found) await sendFile(res, found);
  else if (next) next();
  else res.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' }).end('Not Found\n');
}

/** The step RQ_EXECUTE_REQUEST_HANDLER of a file. */
class StaticModule {
  readonly #settings: StaticSettings;

  constructor(settings: StaticSettings) {
    this.#settings = settings;
  }

  async onExecuteRequestHandler(context: HttpContext): Promise<RequestNotificationStatus> {
    const found = await findFile(context.getRequest().getRawHttpRequest(), this.#settings);
    if (found) {
      context.setRequestHandled();
      await sendFile(context.getResponse().getRawHttpResponse(), found);
    }
    return RQ_NOTIFICATION_CONTINUE;
  }
}
