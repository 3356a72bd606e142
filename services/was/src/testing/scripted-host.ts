import { until } from '@baton/core';
import { control, create, grpcDefinition } from '@baton/proto';
import { openRedis } from '@baton/store';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import type { Worker as QueueWorker } from 'bullmq';
import type { Redis } from 'ioredis';
import { Caller } from './callers.ts';
import { takeOrders } from './take-orders.ts';

const { WorkerState } = control;
const ATTACH = grpcDefinition(control.HostControlService).attach!;

type Stream = ClientDuplexStream<control.AttachRequest, control.AttachResponse>;

/** What a scripted host does with a start: run it until it is connected, stay silent, or end as failed. */
export type StartScript = (order: control.Order, start: control.Start) => 'connect' | 'spawn' | 'nothing' | { readonly failsWith: string };

export interface ScriptedHostOptions {
  readonly address: string;
  readonly secret: string;
  readonly redisUrl: string;
  readonly clusterId: string;
  readonly id: string;
  readonly capacity?: number;
}

/** A worker host that does what a test says: real orders from the queue, real reports over a socket, no processes. */
export class ScriptedHost {
  readonly id: string;
  /** Orders that were entered, in order. */
  readonly orders: control.Order[] = [];
  readonly refused: string[] = [];
  readonly wishAnswers: control.WishAnswer[] = [];
  /** Live ones. */
  readonly workers = new Map<string, control.WorkerReport>();
  /** Requests served by each worker, as heartbeats tell. */
  readonly served = new Map<string, number>();
  /** A host goes on listing workers that have ended. */
  readonly ended: control.WorkerReport[] = [];
  onStart: StartScript = () => 'connect';
  onConnected: (workerId: string, generation: number, channels: readonly control.ChannelRef[], role: string) => void = () => {};
  onStopped: (workerId: string, stop: control.Stop) => void = () => {};
  onExited: (workerId: string) => void = () => {};
  /** How long a connect or an end takes, ms. */
  latency: () => number = () => 0;
  /** How long a worker lives on after a stop, ms. */
  endsAfter: () => number = () => this.latency();
  /** A stop ends the worker unless this says no. */
  obeysStop = true;
  /** A channel that a running worker is told of is connected unless this says no. */
  obeysConnect = true;
  highestEpoch = 0;
  heartbeats = 0;
  acknowledged = 0;
  readonly #options: ScriptedHostOptions;
  #caller: Caller;
  readonly #redis: Redis;
  readonly #everHad = new Set<string>();
  #queue: QueueWorker | undefined;
  #stream: Stream | undefined;
  #beat: NodeJS.Timeout | undefined;
  isAttached = false;

  constructor(options: ScriptedHostOptions) {
    this.id = options.id;
    this.#options = options;
    this.#caller = new Caller(options.address, options.secret);
    this.#redis = openRedis(options.redisUrl, { name: `scripted-host-${options.id}` });
  }

  /** Attaches and takes orders. */
  async open(): Promise<this> {
    this.#queue = takeOrders(this.#redis, this.#options.clusterId, this.id, (...order) => this.enter(...order));
    await this.attach();
    return this;
  }

  async attach(): Promise<void> {
    this.isAttached = false;
    this.#caller.close();
    this.#caller = new Caller(this.#options.address, this.#options.secret);
    const stream: Stream = this.#caller.stream(ATTACH);
    this.#stream = stream;
    stream.on('data', (response: control.AttachResponse) => this.#hear(stream, response));
    const value = create(control.RegisteredSchema, {
      hostId: this.id,
      advertise: '127.0.0.1',
      pid: process.pid,
      capacity: this.#options.capacity ?? 10,
      memoryBytes: 1e9,
      highestEpoch: this.highestEpoch,
      workers: [...this.ended, ...this.workers.values()],
    });
    this.#send({ case: 'registered', value });
    clearInterval(this.#beat);
    this.#beat = setInterval(() => this.#heartbeat(), 500);
    await until(() => this.isAttached, 10_000, `the attachment of host ${this.id}`);
  }

  /** Sends a heartbeat and waits for its acknowledgement. */
  async beat(): Promise<void> {
    const number = this.#heartbeat();
    await until(() => this.acknowledged >= number, 10_000, `heartbeat ${number} of host ${this.id}`);
  }

  /** Compares epochs and enters an order, as handover.md asks. */
  enter(jobId: string, order: control.Order, epochInRedis: number): void {
    if (order.epoch < Math.max(epochInRedis, this.highestEpoch)) {
      this.refused.push(jobId);
      const facts = { jobId, epoch: order.epoch, highestEpoch: Math.max(epochInRedis, this.highestEpoch), reason: 'stale' };
      this.#send({ case: 'orderRefused', value: create(control.OrderRefusedSchema, facts) });
      return;
    }
    this.highestEpoch = Math.max(this.highestEpoch, order.epoch);
    this.orders.push(order);
    if (order.verb.case === 'start') this.#start(order, order.verb.value);
    else if (order.verb.case === 'connect') this.#connect(order.workerId, order.verb.value.channels);
    else if (order.verb.case === 'stop' && !this.workers.has(order.workerId)) this.#bury(order);
    else if (order.verb.case === 'stop') {
      if (this.workers.get(order.workerId)?.state !== WorkerState.STOPPING) this.onStopped(order.workerId, order.verb.value);
      this.report(order.workerId, WorkerState.STOPPING);
      if (this.obeysStop) {
        this.#later(() => {
          if (this.workers.has(order.workerId)) this.exit(order.workerId, { planned: true });
        }, this.endsAfter());
      }
    }
  }

  /** A stop of a worker that this host does not have ends it: its start, should it come, does nothing. */
  #bury({ workerId, poolId, slot, generation }: control.Order): void {
    this.#everHad.add(workerId);
    const exit = create(control.ExitSchema, { planned: true });
    const report = create(control.WorkerReportSchema, { workerId, poolId, slot, generation, state: WorkerState.EXITED, exit });
    this.#send({ case: 'worker', value: this.ended.find((ended) => ended.workerId === workerId) ?? report });
  }

  /** Reports a change of a worker. */
  report(workerId: string, state: control.WorkerState, change: (report: control.WorkerReport) => void = () => {}): void {
    const report = this.workers.get(workerId);
    if (!report) throw new Error(`host ${this.id} has no worker ${workerId}`);
    report.state = state;
    change(report);
    this.#send({ case: 'worker', value: report });
  }

  /** The worker is connected on all channels it was told of. */
  connect(workerId: string): void {
    this.report(workerId, WorkerState.CONNECTING);
    this.#connected(workerId);
  }

  /** One channel after the other, each after the latency of this host. */
  #connected(workerId: string): void {
    const channels = this.#named.get(workerId) ?? [];
    for (const channel of channels) this.#later(() => this.#connectTo(workerId, channel, channels.length));
    if (channels.length === 0) this.report(workerId, WorkerState.CONNECTED);
  }

  #connectTo(workerId: string, channel: control.ChannelRef, count: number): void {
    const worker = this.workers.get(workerId);
    if (!worker || worker.state === WorkerState.STOPPING) return;
    this.onConnected(workerId, worker.generation, [channel], worker.role);
    const connected = [...worker.connected.filter((other) => !isSameChannel(other, channel)), channel];
    this.report(workerId, connected.length >= count ? WorkerState.CONNECTED : WorkerState.CONNECTING, (report) => {
      report.connected = connected;
    });
  }

  #later(callback: () => void, delayMs = this.latency()): void {
    if (delayMs <= 0) callback();
    else setTimeout(callback, delayMs);
  }

  /** The worker's process ends. */
  exit(workerId: string, facts: { planned?: boolean; errorCode?: string; message?: string } = {}): void {
    const { planned = false, errorCode = planned ? '' : 'APP_CRASHED', message = planned ? '' : 'killed by SIGKILL' } = facts;
    this.report(workerId, WorkerState.EXITED, (report) => {
      report.connected = [];
      report.exit = create(control.ExitSchema, { code: planned ? 0 : -1, signal: planned ? '' : 'SIGKILL', errorCode, message, planned });
    });
    this.onExited(workerId);
    this.ended.push(this.workers.get(workerId)!);
    this.workers.delete(workerId);
  }

  wishIdle(workerId: string): void {
    const connected = this.workers.get(workerId)?.connected ?? [];
    this.#send({ case: 'wish', value: create(control.WishSchema, { workerId, kind: control.WishKind.IDLE_OUT, connected }) });
  }

  wishUnhealthy(workerId: string, reason = ''): void {
    this.#send({ case: 'wish', value: create(control.WishSchema, { workerId, kind: control.WishKind.UNHEALTHY, reason }) });
  }

  wishRecycle(workerId: string, reason = ''): void {
    this.#send({ case: 'wish', value: create(control.WishSchema, { workerId, kind: control.WishKind.RECYCLE, reason }) });
  }

  refuse(jobId: string, reason: string): void {
    const facts = { jobId, epoch: this.highestEpoch, highestEpoch: this.highestEpoch, reason };
    this.#send({ case: 'orderRefused', value: create(control.OrderRefusedSchema, facts) });
  }

  /** Each worker's first order to start: one that is not entered soon is repeated, which starts nothing more. */
  starts(): control.Order[] {
    return distinct(this.orders.filter(({ verb }) => verb.case === 'start'));
  }

  /** The n-th start (from 1) once it was entered. */
  nthStart(n: number, limitMs = 10_000): Promise<control.Order> {
    return until(() => this.starts()[n - 1], limitMs, `start number ${n} at host ${this.id}`);
  }

  stopOf(workerId: string, limitMs = 10_000): Promise<control.Stop> {
    return until(
      () => this.orders.flatMap((order) => (order.workerId === workerId && order.verb.case === 'stop' ? [order.verb.value] : []))[0],
      limitMs,
      `a stop of ${workerId} at host ${this.id}`,
    );
  }

  /** Loses the stream to WAS; orders are still taken. */
  drop(): void {
    clearInterval(this.#beat);
    this.isAttached = false;
    this.#stream?.cancel();
    this.#stream = undefined;
  }

  async close(): Promise<void> {
    this.drop();
    this.#caller.close();
    await this.#queue?.close(true).catch(() => {});
    this.#redis.disconnect();
  }

  #heartbeat(): number {
    const workers = [...this.served].map(([workerId, requestsServed]) => ({ workerId, requestsServed }));
    const facts = { number: ++this.heartbeats, freeMemoryBytes: 1e9, workers };
    this.#send({ case: 'heartbeat', value: create(control.HeartbeatSchema, facts) });
    return this.heartbeats;
  }

  readonly #named = new Map<string, control.ChannelRef[]>();

  #start(order: control.Order, start: control.Start): void {
    if (this.#everHad.has(order.workerId)) return;
    this.#everHad.add(order.workerId);
    const script = this.onStart(order, start);
    if (script === 'nothing') return;
    const { workerId, poolId, slot, generation } = order;
    const facts = { workerId, poolId, slot, generation, pid: 4_000 + this.#everHad.size, role: start.role, startedAtMs: Date.now() };
    this.workers.set(workerId, create(control.WorkerReportSchema, facts));
    this.#named.set(
      workerId,
      start.channels.map(({ adapterId, channelId }) => create(control.ChannelRefSchema, { adapterId, channelId })),
    );
    this.report(workerId, WorkerState.STARTING);
    if (script === 'connect') this.connect(workerId);
    if (typeof script === 'object') this.exit(workerId, { errorCode: script.failsWith, message: 'as the script says' });
  }

  #connect(workerId: string, channels: readonly control.Channel[]): void {
    if (!this.workers.has(workerId) || !this.obeysConnect) return;
    const named = this.#named.get(workerId) ?? [];
    for (const { adapterId, channelId } of channels) {
      const ref = create(control.ChannelRefSchema, { adapterId, channelId });
      if (!named.some((other) => isSameChannel(other, ref))) named.push(ref);
    }
    this.#named.set(workerId, named);
    if (this.workers.get(workerId)?.state !== WorkerState.STOPPING) this.#connected(workerId);
  }

  #hear(stream: Stream, { epoch, answer }: control.AttachResponse): void {
    if (stream !== this.#stream) return;
    this.highestEpoch = Math.max(this.highestEpoch, epoch);
    if (answer.case === 'attached') this.isAttached = true;
    if (answer.case === 'heartbeatAck') this.acknowledged = answer.value.number;
    if (answer.case === 'wishAnswer') this.wishAnswers.push(answer.value);
  }

  #send(event: control.AttachRequest['event']): void {
    this.#stream?.write(create(control.AttachRequestSchema, { event }));
  }
}

function distinct(orders: readonly control.Order[]): control.Order[] {
  return orders.filter((order, index) => orders.findIndex(({ workerId }) => workerId === order.workerId) === index);
}

function isSameChannel(a: control.ChannelRef, b: control.ChannelRef): boolean {
  return a.adapterId === b.adapterId && a.channelId === b.channelId;
}
