// The sample of IHttpServer::RecycleProcess as it is: every response asks for a recycle. Not for production, as its page says: behind a worker that is
// replaced stands a successor whose first response asks again, so a pool under load does nothing but recycle. recycle.js has the guard.
import { RQ_NOTIFICATION_CONTINUE, RQ_SEND_RESPONSE } from '@baton/sdk';

class MyHttpModule {
  #server;

  constructor(server) {
    this.#server = server;
  }

  onSendResponse() {
    // Returns nothing, never throws, and the request that asks goes on: there is nothing to test here, unlike the original's check of its global pointer.
    this.#server.recycleProcess('Recycling process.');
    return RQ_NOTIFICATION_CONTINUE;
  }
}

export function registerModule(_version, info, server) {
  info.setRequestNotifications({ getHttpModule: () => new MyHttpModule(server) }, RQ_SEND_RESPONSE, 0);
}
