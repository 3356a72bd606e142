import type { HolderFacts } from '@baton/adapter-kit';
import { pathOf } from '../listener/target.ts';
import { Exchange } from './exchange.ts';

/** UNAVAILABLE: "may be corrected by retrying" (gRPC status codes). */
const COME_AGAIN = ['grpc-status', '14', 'grpc-message', 'the worker is being replaced; call again'];

/** Whether a head belongs to a call of gRPC (gRPC over HTTP/2, Requests). */
export function isGrpc(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2)
    if (headers[i] === 'content-type') return /^application\/grpc(?:$|[+;])/i.test(headers[i + 1]!);
  return false;
}

/**
 * A call of gRPC, which may be a stream that lives as long as its client likes: one whose answer has begun and goes on.
 *
 * - Asked for a polite end it gets the status UNAVAILABLE in trailers, with which a client of gRPC calls again; the connection stays.
 */
export class GrpcExchange extends Exchange {
  override get holder(): HolderFacts {
    return { kind: 'grpc', what: pathOf(this.message.target), client: this.client.remoteAddress };
  }

  override get isLongLived(): boolean {
    return this.reply.isStarted && !this.isResponseEnded;
  }

  override closePolitely(): void {
    if (this.isDone || !this.isLongLived) return;
    this.stream!.reset('CLIENT_CLOSED', 'the worker is being replaced');
    this.reply.end(COME_AGAIN);
    this.answered();
    this.finish(false);
  }
}
