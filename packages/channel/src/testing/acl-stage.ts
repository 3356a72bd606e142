import { defer, until, within } from '@baton/core';
import { createLogger } from '@baton/telemetry';
import { ChannelServer } from '../channel-server.ts';
import { VERSIONS } from '../codec/frame-types.ts';
import { type Hello, helloMessage } from '../codec/handshake.ts';
import { connectChannel } from '../connect-channel.ts';
import type { KnownChannel } from '../identity/check-hello.ts';
import { KeySet } from '../identity/key-set.ts';
import { createIdentityKeys, createProofKeys, type IdentityKeys, type ProofKeys } from '../identity/keys.ts';
import type { Proof } from '../identity/proof.ts';
import { RefusalLog } from '../identity/refusal-log.ts';
import { signProof, tokenId } from '../identity/sign-proof.ts';
import { signIdentity, verifyIdentity } from '../identity/token.ts';
import { DEFAULT_LIMITS, peerLimits } from '../limits.ts';
import { dialHttp2 } from '../link/http2-link.ts';
import { dialLane } from '../link/lane-link.ts';
import type { AdapterSession, WorkerIdentity, WorkerSession } from '../types.ts';
import { Recorder } from './recorder.ts';
import { collectAnswer, echo, requestHead } from './requests.ts';
import { type OpenPort, openGrpc, openLane } from './socket-pair.ts';

const nothing = (): void => {};

/** Stands in every header and body of pool "shop", many times: whatever part of its traffic came, this would be in it. */
export const MARKER = 'only-for-shop-workers.';

export type Kind = 'lane' | 'grpc';

/** A worker that connected as it should. */
export interface Member {
  readonly identity: WorkerIdentity;
  readonly token: string;
  readonly keys: ProofKeys;
  readonly worker: WorkerSession;
  readonly session: AdapterSession;
  /** On its way to the adapter: what somebody on the network sees of it. */
  readonly recorder: Recorder;
}

/** One adapter's end over real sockets, with pools "shop" (channels a1/1) and "billing" (a1/2), really signed identities, and traffic in "shop". */
export class AclStage implements AsyncDisposable {
  readonly server: ChannelServer;
  readonly channels = new Map<number, KnownChannel>();
  readonly dead = new Set<string>();
  /** Every line that the adapter logged. */
  readonly lines: string[] = [];
  readonly refusals: RefusalLog;
  signing: IdentityKeys;
  goodKeys: KeySet;
  /** Requests of pool "shop" that were answered, in full and right. */
  answered = 0;
  private readonly ports = new Map<Kind, OpenPort>();
  private readonly connected: AdapterSession[] = [];
  private readonly members: Member[] = [];
  isOver = false;
  private failure: Error | undefined;

  private constructor(signing: IdentityKeys) {
    this.signing = signing;
    this.goodKeys = KeySet.of({ keys: [signing.publicJwk] });
    for (const [id, pool] of ['shop', 'billing', 'shop'].entries()) {
      this.channels.set(id + 1, { secret: `secret-of-channel-${id + 1}`, pool, poolIdentity: pool });
    }
    const destination = { write: (line: string) => void this.lines.push(line) };
    this.refusals = new RefusalLog(createLogger('adapter', { level: 'debug', destination }), 10_000);
    this.server = new ChannelServer({
      findChannel: (adapterId, channelId) => (adapterId === 'a1' ? this.channels.get(channelId) : undefined),
      verifyToken: (token) => verifyIdentity(this.goodKeys, token),
      isWorkerDead: (workerId) => this.dead.has(workerId),
      events: {
        onConnected: (session) => void this.connected.push(session),
        onLeaving: nothing,
        onSuspended: nothing,
        onResumed: nothing,
        onClosed: nothing,
        onRefused: (refused) => this.refusals.note(refused),
      },
    });
  }

  static async open(): Promise<AclStage> {
    const stage = new AclStage(await createIdentityKeys());
    stage.ports.set('lane', await openLane(stage.server));
    stage.ports.set('grpc', await openGrpc(stage.server));
    return stage;
  }

  /** Connects a worker that is what it says. */
  async join(workerId: string, pool: string, channelId: number, kind: Kind): Promise<Member> {
    const identity = identityOf(workerId, pool, channelId);
    const keys = createProofKeys();
    const token = await signIdentity(this.signing.privateJwk, identity, 60_000, { proofKey: keys.publicKey });
    const recorder = await Recorder.before(this.ports.get(kind)!.port);
    const { secret } = this.channels.get(channelId)!;
    const ways = kind === 'lane' ? { endpoints: [], lanes: [recorder.endpoint] } : { endpoints: [recorder.endpoint] };
    const closed = defer<Error>();
    const worker = connectChannel({
      blob: { v: 1, adapterId: 'a1', channelId, pool, protocol: 'http', ...ways, secret },
      token,
      proofKey: keys.privateKey,
      events: {
        onRequest: echo,
        onConnected: nothing,
        onDrain: nothing,
        onResume: nothing,
        onSuspended: nothing,
        onSettled: nothing,
        onClosed: (_session, error) => closed.resolve(error),
      },
    });
    const find = () => this.connected.find(({ identity: who }) => who.workerId === workerId);
    await Promise.race([until(find, 10_000, `${workerId} to connect`, 2), closed.promise.then((error) => Promise.reject(error))]);
    const member = { identity, token, keys, worker, session: find()!, recorder };
    this.members.push(member);
    return member;
  }

  /** Sends requests to a worker one after the other until the stage closes; whatever is not answered right is a failure of the stage. */
  busy(member: Member): void {
    void this.send(member).catch((error: Error) => {
      if (!this.isOver) this.failure ??= error;
    });
  }

  /** Waits for that many further answers. */
  async traffic(more: number): Promise<void> {
    const wanted = this.answered + more;
    await until(() => this.failure !== undefined || this.answered >= wanted, 20_000, `${more} answers`, 1);
    if (this.failure) throw this.failure;
  }

  private async send({ session }: Member): Promise<void> {
    const body = Buffer.from(MARKER.repeat(200));
    while (!this.isOver) {
      const { handler, done } = collectAnswer((bytes) => request.consumed(bytes));
      const request = session.open(requestHead({ method: 'POST', url: `/${MARKER}`, headers: ['X-Marker', MARKER] }), false, handler);
      request.write(body);
      request.end();
      const answer = await done;
      if (!answer.body.equals(body)) throw new Error('an answer of pool "shop" is not what was sent');
      this.answered++;
    }
  }

  /** The first hello that went over a member's way since `forget`, as somebody on the network reads it. */
  helloOf({ recorder }: Member): Hello {
    const bytes = recorder.up;
    const text = bytes.toString('latin1', bytes.indexOf('{"adapterId"'));
    return { versions: VERSIONS, ...(JSON.parse(firstObjectOf(text)) as Omit<Hello, 'versions'>) };
  }

  /** A hello for channel a1/1 with what is given; proved with `key` when one is. */
  async hello(given: Partial<Hello> & { readonly provedBy?: ProofKeys; readonly at?: number }): Promise<Hello> {
    const { provedBy, at, ...rest } = given;
    const channelId = rest.channelId ?? 1;
    const secret = this.channels.get(channelId)?.secret ?? 'none';
    const bare = {
      versions: VERSIONS,
      adapterId: 'a1',
      channelId,
      secret,
      token: '',
      resume: '',
      received: 0,
      limits: peerLimits(DEFAULT_LIMITS),
    };
    const hello = { ...bare, ...rest };
    const about = { adapterId: hello.adapterId, channelId, subject: hello.resume === '' ? tokenId(hello.token) : hello.resume };
    const proof: Partial<Proof> = provedBy ? signProof(provedBy.privateKey, about, at) : {};
    return { ...hello, ...proof };
  }

  /** Sends a first packet and returns every byte that came back until the link ended. */
  async dial(kind: Kind, first: Hello | Buffer): Promise<Attempt> {
    await using recorder = await Recorder.before(this.ports.get(kind)!.port);
    const ended = defer<void>();
    const batches: Buffer[] = [];
    const link = (kind === 'lane' ? dialLane : dialHttp2)(recorder.endpoint, {
      onBatch: (batch) => void batches.push(Buffer.from(batch)),
      onBroken: () => ended.resolve(),
      onLost: () => ended.resolve(),
    });
    link.send(Buffer.isBuffer(first) ? first : helloMessage(first));
    await within(ended.promise, 10_000, 'the end of the link');
    link.destroy();
    return { bytes: recorder.down, batches };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isOver = true;
    for (const { worker } of this.members) worker.close('the test is over');
    this.server.close();
    for (const { recorder } of this.members) await recorder[Symbol.asyncDispose]();
    for (const { close } of this.ports.values()) close();
  }
}

/** What somebody got who dialled. */
export interface Attempt {
  readonly bytes: Buffer;
  readonly batches: readonly Buffer[];
}

export function identityOf(workerId: string, pool: string, channelId: number): WorkerIdentity {
  return { workerId, pool, poolIdentity: pool, slot: `${pool}/1`, generation: 1, channels: [`a1/${channelId}`], role: 'activation' };
}

function firstObjectOf(text: string): string {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '{') depth++;
    else if (text[at] === '}' && --depth === 0) return text.slice(0, at + 1);
  }
  throw new Error('no JSON object was sent');
}
