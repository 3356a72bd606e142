// Holds each request PENDING for the milliseconds that it asks for, in one of six ways, by number: before the app, around its answer, or behind it.
import {
  on,
  RQ_AUTHORIZE_REQUEST,
  RQ_BEGIN_REQUEST,
  RQ_END_REQUEST,
  RQ_LOG_REQUEST,
  RQ_NOTIFICATION_CONTINUE,
  RQ_NOTIFICATION_PENDING,
  RQ_SEND_RESPONSE,
} from '@baton/sdk';
import { begun, ended, leaving } from './ledger.js';

on('draining', leaving);

class Waiting {
  #id;
  #way = '';
  #ms = 0;

  onBeginRequest(context) {
    const request = context.getRequest();
    this.#id = request.getHeader('x-work-id');
    this.#way = request.getHeader('x-way');
    this.#ms = Number(request.getHeader('x-pending-ms'));
    if (this.#id !== undefined) begun(this.#id);
    return this.#wait('begin', context);
  }
  onAuthorizeRequest(context) {
    return this.#wait('authorize', context);
  }
  onSendResponse(context) {
    return this.#wait('send', context);
  }
  onLogRequest(context) {
    return this.#wait('log', context);
  }
  onEndRequest() {
    if (this.#id !== undefined) ended(this.#id);
    return RQ_NOTIFICATION_CONTINUE;
  }
  onAsyncCompletion() {
    return RQ_NOTIFICATION_CONTINUE;
  }

  /** Once a request: it may come to RQ_SEND_RESPONSE more often. */
  #wait(place, context) {
    const [where, how] = this.#way?.split(' ') ?? [];
    if (where !== place) return RQ_NOTIFICATION_CONTINUE;
    this.#way = '';
    if (how === 'promise') return new Promise((resolve) => setTimeout(resolve, this.#ms, RQ_NOTIFICATION_CONTINUE));
    setTimeout(() => {
      if (how === 'post') context.postCompletion(0, 0);
      else context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    }, this.#ms);
    return RQ_NOTIFICATION_PENDING;
  }
}

export function registerModule(_version, info) {
  const mask = RQ_BEGIN_REQUEST | RQ_AUTHORIZE_REQUEST | RQ_SEND_RESPONSE | RQ_LOG_REQUEST | RQ_END_REQUEST;
  info.setRequestNotifications({ getHttpModule: () => new Waiting() }, mask, 0);
}
