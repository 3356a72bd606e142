import type { ServerHttp2Session } from 'node:http2';
import { HTTP2_WINDOW_BYTES } from './service.ts';

/** A connection whose peer does not close it within this time of the call's end is cut, ms. */
const CLOSE_LIMIT_MS = 5_000;

/**
 * The HTTP/2 connection under a call that a grpc-js server took; a worker's link has one to itself.
 * grpc-js gives no way to it, and without it a server's windows stay at 64 KiB (only its client has `flow_control_window`)
 * and a dead connection stays open. Where a later release keeps its stream elsewhere nothing is tuned; a test notices.
 */
export class GrpcConnection {
  private readonly session: ServerHttp2Session | undefined;

  constructor(call: object) {
    this.session = sessionOf(call);
    if (!this.session || this.session.destroyed) return;
    this.session.settings({ initialWindowSize: HTTP2_WINDOW_BYTES });
    this.session.setLocalWindowSize(HTTP2_WINDOW_BYTES);
  }

  /** Cuts it at once: the peer is on another connection, or gone. */
  destroy(): void {
    this.session?.destroy();
  }

  /** Gives the peer some time to read what was sent and to close it. */
  destroyLater(): void {
    setTimeout(() => this.destroy(), CLOSE_LIMIT_MS).unref();
  }
}

interface Holder {
  readonly call?: Holder;
  readonly nextCall?: Holder;
  readonly stream?: { readonly session?: ServerHttp2Session };
}

/** grpc-js wraps a stream in a call, and that in one more per interceptor. */
function sessionOf(call: object): ServerHttp2Session | undefined {
  let holder: Holder | undefined = call;
  for (let depth = 0; holder && depth < 8; depth++) {
    if (holder.stream?.session) return holder.stream.session;
    holder = holder.call ?? holder.nextCall;
  }
  return undefined;
}
