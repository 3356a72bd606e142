// An audit module around any app: a line for each request with who, what, how it ended and how long it took, also for those that another module has
// refused, that failed, or whose client left. The app knows nothing of it: express/server.js has no line more than without.
import { PRIORITY_ALIAS_FIRST, RQ_BEGIN_REQUEST, RQ_LOG_REQUEST, RQ_NOTIFICATION_CONTINUE } from '@baton/sdk';
import { AuditFile } from './audit-file.js';

class AuditModule {
  #file;
  #method = '';
  #url = '';

  constructor(file) {
    this.#file = file;
  }

  // First of all modules: what others make of method and URL is not what the client asked for. (An Express router changes `url` as well.)
  onBeginRequest(context) {
    const request = context.getRequest();
    this.#method = request.getHttpMethod();
    this.#url = request.getUrl();
    return RQ_NOTIFICATION_CONTINUE;
  }

  // Raised for every request, after an error or FINISH_REQUEST too. It is async, so the request is over only when its line is in the file: a worker that is
  // recycled loses none. A line that cannot be written is an error of the module: logged by the host, harmless to the client, whose response is out.
  async onLogRequest(context) {
    await this.#file.write({
      at: new Date(context.getRequestStartTime()).toISOString(),
      client: context.getRequest().getRemoteAddress().address,
      user: context.getUser()?.getUserName() ?? '',
      method: this.#method,
      url: this.#url,
      status: context.getResponse().getStatus().statusCode,
      tookMs: Math.round(context.getRequestElapsedTime()),
    });
    return RQ_NOTIFICATION_CONTINUE;
  }
}

/** The module with a file of its own. @default AUDIT_FILE, or ./audit.jsonl */
export function auditModule({ path = process.env.AUDIT_FILE ?? './audit.jsonl' } = {}) {
  return {
    // A file that cannot be opened keeps the worker from serving: nothing is done without being written down.
    async registerModule(_version, info, server) {
      const file = await AuditFile.open(server, path);
      const factory = { getHttpModule: () => new AuditModule(file), terminate: () => file.close() };
      info.setRequestNotifications(factory, RQ_BEGIN_REQUEST | RQ_LOG_REQUEST, 0);
      info.setPriorityForRequestNotification(RQ_BEGIN_REQUEST, PRIORITY_ALIAS_FIRST);
    },
  };
}

export const { registerModule } = auditModule();
