export { endpointOf, listenHostFor } from './address.ts';
export { type Deferred, defer, until, within } from './async.ts';
export { BatonError } from './errors/baton-error.ts';
export { CODES, type CodeEntry, type ErrorCode } from './errors/codes.ts';
export { keepStringsFast } from './lifecycle/fast-strings.ts';
export { openProbePort, type ProbeAnswers, type Probes } from './lifecycle/probes.ts';
export { type Part, type RunOptions, run } from './lifecycle/run.ts';
export { type BackoffOptions, backoffMs, type Clock, sleep } from './time.ts';
