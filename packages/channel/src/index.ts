export { ChannelServer, type ChannelServerOptions } from './channel-server.ts';
export { type ConnectOptions, connectChannel } from './connect-channel.ts';
export { createSessionPair, type SessionPair, type SessionPairOptions } from './create-session-pair.ts';
export type { KnownChannel } from './identity/check-hello.ts';
export { KeySet } from './identity/key-set.ts';
export { createIdentityKeys, createProofKeys, type IdentityKeys, type ProofKeys } from './identity/keys.ts';
export type { Proof } from './identity/proof.ts';
export { REFUSAL_REASONS, type RefusalReason, type RefusedLink } from './identity/refusal.ts';
export { RefusalLog } from './identity/refusal-log.ts';
export { signProof, tokenId } from './identity/sign-proof.ts';
export { type SigningOptions, signIdentity, type VerifiedIdentity, verifyIdentity } from './identity/token.ts';
export { LineReader } from './job/line-reader.ts';
export { JOB_QUESTIONS, type JobAnswer, type JobDocument, type JobLine, type JobQuestion, jobLine } from './job/messages.ts';
export { DEFAULT_LIMITS, resolveLimits } from './limits.ts';
export type { Dialer, Link, LinkReceiver } from './link/link.ts';
export { channelServerOptions, channelServiceDefinition } from './link/service.ts';
export type { Traffic } from './session/traffic.ts';
export type {
  AdapterSession,
  AdapterSessionEvents,
  ByteStream,
  ChannelBlob,
  ChannelLimits,
  Framing,
  RequestHandler,
  RequestHead,
  RequestStream,
  ResetCause,
  ResponseHandler,
  ResponseHead,
  ResponseStream,
  SessionState,
  Timings,
  WorkerIdentity,
  WorkerSession,
  WorkerSessionEvents,
} from './types.ts';
