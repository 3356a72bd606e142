import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import { refuseStranger } from './auth.ts';
import { callError } from './errors.ts';

/** Makes grpc-js handlers of functions: a caller without the secret is refused, what a function throws becomes a status with its code. */
export function unaryFor(secret: string) {
  return <Q, A>(answer: (request: Q) => A | Promise<A>) =>
    (call: ServerUnaryCall<Q, A>, reply: sendUnaryData<A>): void => {
      const stranger = refuseStranger(call.metadata, secret);
      if (stranger) {
        reply(stranger);
        return;
      }
      void Promise.resolve()
        .then(() => answer(call.request))
        .then(
          (value) => reply(null, value),
          (error: unknown) => reply(callError(error)),
        );
    };
}
