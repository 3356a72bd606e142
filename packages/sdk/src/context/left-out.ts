import { HostError } from '../errors/host-error.ts';

/**
 * Members of the original's objects that are not here, and why: docs/programming-model.md prints them.
 *
 * - Each is there as a method that throws ERROR_NOT_SUPPORTED with this reason, so that a port finds out by name.
 */
export const LEFT_OUT = {
  HttpContext: {
    allocateRequestMemory: 'memory is collected when nothing refers to it',
    getMetadata: 'there is no metabase; a module reads its settings where the app does',
    getScriptMap: 'handlers are not mapped by extensions; the app is the handler',
    getNextNotification: 'the pipeline walks from step to step without unwinding anything, so there is nothing to merge',
    enableFullDuplex: 'a read and a flush may be under way at once on every request',
  },
  HttpRequest: {
    negotiateClientCertificate: 'TLS ends at the listener, which asks for certificates as its binding says',
    getChannelBindingToken: 'TLS ends at the listener, and there is no Windows authentication to bind to it',
  },
  HttpResponse: {
    getCachePolicy: 'there is no cache below the worker; set Cache-Control for those beyond it',
    getKernelCacheEnabled: 'there is no cache below the worker',
    disableKernelCache: 'there is no cache below the worker',
    pushPromise: 'browsers have dropped it; the app may send 103 Early Hints with writeEarlyHints',
    setTrailer: 'trailers are for the app: addTrailers of its ServerResponse',
    deleteTrailer: 'trailers are for the app: addTrailers of its ServerResponse',
    resetStream: 'streams belong to the listener; resetConnection breaks the one this request came on',
    goAway: 'connections of clients belong to the listener; setNeedDisconnect ends this one behind its response',
  },
  HttpUser: {
    getPassword: 'a password is for the module that checks it, and is kept nowhere',
    getImpersonationToken: 'there are no Windows tokens',
    getPrimaryToken: 'there are no Windows tokens',
    referenceUser: 'memory is collected when nothing refers to it',
    dereferenceUser: 'memory is collected when nothing refers to it',
  },
  HttpConnection: {
    allocateMemory: 'memory is collected when nothing refers to it',
  },
  HttpApplication: {
    beginApplicationWarmup: 'requests come when the worker is ready; warm up in GL_APPLICATION_PRELOAD or with preload URLs',
    endApplicationWarmup: 'requests come when the worker is ready; warm up in GL_APPLICATION_PRELOAD or with preload URLs',
    queryIsWarmingUp: 'requests come when the worker is ready; warm up in GL_APPLICATION_PRELOAD or with preload URLs',
  },
} as const;

type LeftOut = typeof LEFT_OUT;

/** Throws the documented error of a member that is not there. */
export function refuseMember<O extends keyof LeftOut>(object: O, member: keyof LeftOut[O] & string): never {
  throw new HostError('ERROR_NOT_SUPPORTED', `${member} is not supported: ${LEFT_OUT[object][member]}.`);
}
