import type { Proof } from '../identity/proof.ts';
import { limitsProblem, type PeerLimits } from '../limits.ts';
import { BatchWriter } from './batch-writer.ts';
import { getU32 } from './bytes.ts';
import { BATCH_HEADER_BYTES, FRAME, FRAME_HEADER_BYTES, frameName, HANDSHAKE_MAX_BYTES } from './frame-types.ts';
import { violation } from './violation.ts';

/**
 * The first packet of each direction. Its layout is the same in every version: a batch numbered 0 with one frame,
 * two version bytes, then JSON in which a reader ignores what it does not know.
 */

/** Versions an end speaks, both included. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
}

/** Worker → adapter, first packet of every link. It has all parts of a proof or none: a worker without a key proves nothing. */
export interface Hello extends Partial<Proof> {
  readonly versions: VersionRange;
  readonly adapterId: string;
  readonly channelId: number;
  /** The channel's shared secret, from its blob. */
  readonly secret: string;
  /** Signed worker identity; empty on a resume. */
  readonly token: string;
  /** Resume token of an earlier welcome; empty at the first connect. */
  readonly resume: string;
  /** Number of the last batch the worker has got; 0 at the first connect. */
  readonly received: number;
  readonly limits: PeerLimits;
}

/** Adapter → worker: the hello is accepted. */
export interface Welcome {
  readonly version: number;
  /** Opaque; good while both processes live, until revoked. */
  readonly resume: string;
  /** Number of the last batch the adapter has got. */
  readonly received: number;
  /** How long the adapter keeps a lost link, ms. */
  readonly resumeLimitMs: number;
  readonly limits: PeerLimits;
}

export type RefuseCode = 'CHANNEL_VERSION' | 'CHANNEL_IDENTITY' | 'CHANNEL_PROTOCOL' | 'CHANNEL_RESUME_EXPIRED' | 'CHANNEL_CLOSED';

/** Adapter → worker: the link ends. */
export interface Refuse {
  readonly versions: VersionRange;
  readonly code: RefuseCode;
  readonly message: string;
}

export type Handshake =
  | { readonly type: 'hello'; readonly hello: Hello }
  | { readonly type: 'welcome'; readonly welcome: Welcome }
  | { readonly type: 'refuse'; readonly refuse: Refuse };

export function helloMessage({ versions, ...rest }: Hello): Buffer {
  return handshakeMessage(FRAME.hello, versions.min, versions.max, rest);
}

export function welcomeMessage({ version, ...rest }: Welcome): Buffer {
  return handshakeMessage(FRAME.welcome, version, version, rest);
}

export function refuseMessage({ versions, ...rest }: Refuse): Buffer {
  return handshakeMessage(FRAME.refuse, versions.min, versions.max, rest);
}

/** True when a batch is a handshake one, told by the type of its first frame. */
export function isHandshake(batch: Buffer): boolean {
  return batch.length >= BATCH_HEADER_BYTES + FRAME_HEADER_BYTES && batch[BATCH_HEADER_BYTES + 4]! < FRAME.open;
}

/** Reads a handshake batch, whatever version its first byte names; throws CHANNEL_PROTOCOL for anything else. */
export function readHandshake(batch: Buffer): Handshake {
  const start = BATCH_HEADER_BYTES + FRAME_HEADER_BYTES;
  if (!isHandshake(batch)) throw violation('the first packet of a link is not a handshake');
  const length = getU32(batch, BATCH_HEADER_BYTES);
  if (length > HANDSHAKE_MAX_BYTES) throw violation(`a handshake has ${length} bytes, ${HANDSHAKE_MAX_BYTES} are allowed`);
  if (start + length !== batch.length || length < 2) throw violation(`a handshake says ${length} bytes and has ${batch.length - start}`);
  const type = batch[BATCH_HEADER_BYTES + 4]!;
  const min = batch[start]!;
  const max = batch[start + 1]!;
  const facts = parse(type, batch, start + 2);
  if (type === FRAME.hello) {
    return {
      type: 'hello',
      hello: {
        versions: { min, max },
        adapterId: text(facts, 'adapterId'),
        channelId: count(facts, 'channelId'),
        secret: text(facts, 'secret'),
        token: text(facts, 'token'),
        resume: text(facts, 'resume'),
        received: count(facts, 'received'),
        limits: limitsOf(facts),
        ...(facts.proof !== undefined && { proof: text(facts, 'proof'), nonce: text(facts, 'nonce'), time: count(facts, 'time') }),
      },
    };
  }
  if (type === FRAME.welcome) {
    return {
      type: 'welcome',
      welcome: {
        version: max,
        resume: text(facts, 'resume'),
        received: count(facts, 'received'),
        resumeLimitMs: count(facts, 'resumeLimitMs'),
        limits: limitsOf(facts),
      },
    };
  }
  if (type !== FRAME.refuse) throw violation(`a handshake has ${frameName(type)}`);
  return { type: 'refuse', refuse: { versions: { min, max }, code: text(facts, 'code') as RefuseCode, message: text(facts, 'message') } };
}

function handshakeMessage(type: number, min: number, max: number, facts: object): Buffer {
  const json = Buffer.from(JSON.stringify(facts), 'utf8');
  const writer = new BatchWriter();
  const at = writer.begin(type, 0, 2 + json.length);
  writer.buffer[at] = min;
  writer.buffer[at + 1] = max;
  json.copy(writer.buffer, at + 2);
  return Buffer.from(writer.take(0, 0));
}

type Facts = Readonly<Record<string, unknown>>;

function parse(type: number, batch: Buffer, start: number): Facts {
  let value: unknown;
  try {
    value = JSON.parse(batch.toString('utf8', start));
  } catch (error) {
    throw violation(`a ${frameName(type)} frame holds no JSON`, error);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw violation(`a ${frameName(type)} frame holds no JSON object`);
  return value as Facts;
}

function text(facts: Facts, name: string): string {
  const value = facts[name];
  if (typeof value !== 'string') throw violation(`a handshake has no text "${name}"`);
  return value;
}

function count(facts: Facts, name: string): number {
  const value = facts[name];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw violation(`a handshake has no whole number "${name}"`);
  return value as number;
}

function limitsOf(facts: Facts): PeerLimits {
  const limits = facts.limits;
  if (typeof limits !== 'object' || limits === null) throw violation('a handshake has no "limits"');
  const given = limits as Facts;
  const told = {
    maxFrameBytes: count(given, 'maxFrameBytes'),
    maxBatchBytes: count(given, 'maxBatchBytes'),
    initialCredit: count(given, 'initialCredit'),
    maxStreams: count(given, 'maxStreams'),
  };
  // Limits under which nothing could be sent would make a sender go round for ever.
  const problem = limitsProblem(told);
  if (problem) throw violation(`a handshake has limits that do not work: ${problem}`);
  return told;
}
