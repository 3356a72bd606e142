import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import {
  type ChannelBlob,
  connectChannel,
  createIdentityKeys,
  createProofKeys,
  KeySet,
  type ResponseStream,
  signIdentity,
  type WorkerIdentity,
  type WorkerSession,
} from '@baton/channel';
import { defer, until } from '@baton/core';
import type { WorkersSide } from './workers-side.ts';

/** The network between the adapter and one worker: what is held back on its way to the worker arrives later, in order. */
class Way {
  private readonly server: Server;
  private readonly pairs: { readonly worker: Socket; readonly adapter: Socket }[] = [];

  private constructor(endpoint: string) {
    const { hostname, port } = new URL(`tcp://${endpoint}`);
    this.server = createServer((worker) => {
      const adapter = connect({ host: hostname, port: Number(port) });
      this.pairs.push({ worker, adapter });
      for (const [from, to] of [[worker, adapter] as const, [adapter, worker] as const]) {
        from.setNoDelay(true);
        from.pipe(to);
        from.on('error', () => {});
        from.on('close', () => to.destroy());
      }
    });
  }

  static async to(endpoint: string): Promise<Way> {
    const way = new Way(endpoint);
    await new Promise<void>((resolve) => way.server.listen(0, '127.0.0.1', resolve));
    return way;
  }

  get endpoint(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  hold(): void {
    for (const { adapter } of this.pairs) adapter.unpipe().pause();
  }

  release(): void {
    for (const { worker, adapter } of this.pairs) adapter.pipe(worker);
  }

  /** Cuts what is there; a new connection comes through. */
  cut(): void {
    for (const { worker, adapter } of this.pairs.splice(0)) for (const socket of [worker, adapter]) socket.destroy();
  }

  /** Cuts what is there; nothing comes through any more. */
  close(): void {
    this.server.close();
    this.cut();
  }
}

/** A worker of pool "shop" over a real link that a test can hold back; it answers when the test says so. */
export class StagedWorker implements AsyncDisposable {
  readonly session: WorkerSession;
  /** "drain", "resume", "begin /path" and "refuse /path", in the order the worker read them. */
  readonly read: string[];
  readonly way: Way;
  /** Why its session ended; pending while it lives. */
  readonly ended: Promise<Error>;
  /** It begins nothing any more. */
  isRefusing = false;
  private readonly requests: ResponseStream[];

  private constructor(session: WorkerSession, read: string[], requests: ResponseStream[], way: Way, ended: Promise<Error>) {
    this.session = session;
    this.read = read;
    this.requests = requests;
    this.way = way;
    this.ended = ended;
  }

  /** Connects generation `generation` of slot shop/1, as worker "w" and that number. */
  static async connect(
    adapter: WorkersSide,
    generation: number,
    role: WorkerIdentity['role'] = 'activation',
    poolIdentity = 'shop',
  ): Promise<StagedWorker> {
    const { channel } = adapter.pools.get('shop')!;
    const { lanes: _lanes, ...blob } = JSON.parse(channel.blob.toString()) as ChannelBlob;
    const way = await Way.to(blob.endpoints[0]!);
    const [signing, proof] = [await createIdentityKeys(), createProofKeys()];
    adapter.setWorkerKeys(KeySet.of({ keys: [signing.publicJwk] }));
    const channels = [`${adapter.id}/${channel.id}`];
    const identity = { workerId: `w${generation}`, poolIdentity, pool: 'shop', slot: 'shop/1', generation, channels, role };
    const connected = defer<WorkerSession>();
    const ended = defer<Error>();
    const read: string[] = [];
    const requests: ResponseStream[] = [];
    const self: { worker: StagedWorker | undefined } = { worker: undefined };
    const nothing = (): void => {};
    connectChannel({
      blob: { ...blob, endpoints: [way.endpoint] },
      token: await signIdentity(signing.privateJwk, identity, 60_000, { proofKey: proof.publicKey }),
      proofKey: proof.privateKey,
      events: {
        onRequest: (stream) => {
          if (self.worker?.isRefusing) {
            read.push(`refuse ${stream.head.url}`);
            stream.reset('NOT_BEGUN');
            return { onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing };
          }
          read.push(`begin ${stream.head.url}`);
          requests.push(stream);
          return { onData: nothing, onEnd: nothing, onReset: nothing, onCredit: nothing };
        },
        onConnected: connected.resolve,
        onDrain: () => void read.push('drain'),
        onResume: () => void read.push('resume'),
        onSuspended: nothing,
        onSettled: nothing,
        onClosed: (_session, error) => {
          way.close();
          connected.reject(error);
          ended.resolve(error);
        },
      },
    });
    const session = await connected.promise;
    const { place } = adapter.pools.get('shop')!;
    await until(() => place.slots.get('shop/1')?.instances.has(identity.workerId), 5_000, `w${generation} to be connected`, 2);
    self.worker = new StagedWorker(session, read, requests, way, ended.promise);
    return self.worker;
  }

  /** Waits until the worker has read that. */
  async hasRead(what: string): Promise<void> {
    await until(() => this.read.includes(what), 5_000, `${what} (read so far: ${this.read.join(', ') || 'nothing'})`, 2);
  }

  /** Answers a request that it has begun. */
  answer(url: string): void {
    const request = this.requests.find(({ head }) => head.url === url);
    if (!request) throw new Error(`${url} was not begun here`);
    request.sendHead({ status: 200, reason: 'OK', headers: 'Content-Length: 0\r\n', framing: 'length', close: false });
    request.end();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.session.close('the test is over');
    this.way.close();
  }
}
