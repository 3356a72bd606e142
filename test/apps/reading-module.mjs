// Reads the body of what is posted to /read and answers with it; what is posted to /refuse is refused unread.
import { RQ_BEGIN_REQUEST, RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '@baton/sdk';

class Reader {
  async onBeginRequest(context) {
    const { path } = context.getUrlInfo();
    const response = context.getResponse();
    if (path === '/read') {
      const buffer = Buffer.alloc(64);
      const bytes = await context.getRequest().readEntityBody(buffer);
      response.writeEntityChunks(`read ${buffer.subarray(0, bytes)}`);
    } else if (path === '/refuse') response.setStatus(413, 'Too large');
    else return RQ_NOTIFICATION_CONTINUE;
    return RQ_NOTIFICATION_FINISH_REQUEST;
  }
}

export function registerModule(_version, info) {
  info.setRequestNotifications({ getHttpModule: () => new Reader() }, RQ_BEGIN_REQUEST, 0);
}
