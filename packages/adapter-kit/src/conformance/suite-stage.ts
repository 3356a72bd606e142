import { type ChannelBlob, createIdentityKeys, type IdentityKeys, type WorkerIdentity } from '@baton/channel';
import { sleep, within } from '@baton/core';
import type { listener } from '@baton/proto';
import { applicationCreated, canOpenNew, poolCreated, ScriptedWas } from '../testing/scripted-was.ts';
import type { Callback } from '../was/link.ts';
import type { RunningSubject, SentOutcome, Subject } from './subject.ts';
import { SuiteWorker } from './suite-worker.ts';

/** No wait of the suite may take longer, ms. */
const LIMIT_MS = 20_000;

export interface StageOptions {
  /** Called before the adapter is opened. */
  readonly before?: (was: ScriptedWas) => void;
  /** Callbacks sent before the pool and its application. */
  readonly first?: readonly Callback[];
}

/** One adapter, the WAS it registers with, and the workers that the suite plays. Pool and application are "shop". */
export class SuiteStage implements AsyncDisposable {
  readonly subject: Subject;
  readonly was: ScriptedWas;
  readonly running: RunningSubject;
  readonly binding: string;
  private readonly keys: IdentityKeys;
  private readonly end = new AbortController();
  private readonly workers: SuiteWorker[] = [];
  private isStopped = false;

  private constructor(subject: Subject, was: ScriptedWas, running: RunningSubject, binding: string, keys: IdentityKeys) {
    this.subject = subject;
    this.was = was;
    this.running = running;
    this.binding = binding;
    this.keys = keys;
  }

  static async open(subject: Subject, { before, first = [] }: StageOptions = {}): Promise<SuiteStage> {
    const [was, keys, binding] = await Promise.all([ScriptedWas.start(), createIdentityKeys(), subject.createBinding()]);
    was.jwks = JSON.stringify({ keys: [keys.publicJwk] });
    was.configuration = [...first, poolCreated('shop'), applicationCreated('shop', 'shop', [binding])];
    before?.(was);
    const running = await subject.open({ id: 'a1', was: [was.address], secret: 's3cret' });
    const stage = new SuiteStage(subject, was, running, binding, keys);
    await was.nth('register');
    return stage;
  }

  /** Sends work and waits for its end, or at most for `limitMs` to get an answer. */
  send(text: string, { binding = this.binding, limitMs = LIMIT_MS }: { binding?: string; limitMs?: number } = {}): Promise<SentOutcome> {
    return this.running.send(binding, text, AbortSignal.any([this.end.signal, AbortSignal.timeout(limitMs)]));
  }

  /** Sends work until somebody listens. */
  async sendOnce(text: string, binding = this.binding): Promise<SentOutcome> {
    for (;;) {
      const outcome = await this.send(text, { binding });
      if (outcome.kind !== 'unreachable' || this.end.signal.aborted) return outcome;
      await sleep(10);
    }
  }

  /** A worker for the channel that an Open named. */
  worker(open: listener.OpenListenerChannelInstanceRequest, generation: number, more: Partial<WorkerIdentity> = {}): SuiteWorker {
    const blob = Buffer.from(open.blob);
    const { adapterId, channelId } = JSON.parse(blob.toString()) as ChannelBlob;
    const { poolId: pool } = open;
    const facts = { workerId: `w${generation}`, poolIdentity: pool, pool, slot: `${pool}/1`, generation, role: 'activation' } as const;
    const worker = new SuiteWorker(this.subject, this.keys, blob, { ...facts, channels: [`${adapterId}/${channelId}`], ...more });
    this.workers.push(worker);
    return worker;
  }

  /** Work that wakes the pool: returns its Open, the worker that took it, and its outcome. */
  async activate(
    text = 'first',
  ): Promise<{ open: listener.OpenListenerChannelInstanceRequest; worker: SuiteWorker; outcome: SentOutcome }> {
    const sent = this.sendOnce(text);
    const open = await this.was.nthOpen();
    const worker = this.worker(open, 1);
    return { open, worker, outcome: await within(sent, LIMIT_MS, `the answer to "${text}"`) };
  }

  /** Another worker for the same channel, as a recycle starts it; it is connected. */
  async replacement(open: listener.OpenListenerChannelInstanceRequest, generation: number, recycleId = 'r1'): Promise<SuiteWorker> {
    const worker = this.worker(open, generation, { role: `replacement:${recycleId}` });
    await within(worker.session, LIMIT_MS, `worker w${generation} to be let in`);
    return worker;
  }

  /** Orders a hand-over as WAS does: again while `to` is not ready. Returns the requests that were in flight. */
  async handOver(from: string, to: string): Promise<number> {
    for (let n = this.was.all('handoverAnswer').length + 1; ; n++) {
      this.was.send({ case: 'handover', value: this.was.handoverOf('shop', from, to) });
      const { answer } = await this.was.nth('handoverAnswer', n);
      if (answer.case === 'done') return answer.value.inFlight;
      await sleep(5);
    }
  }

  permit(open: listener.OpenListenerChannelInstanceRequest, permission: number): void {
    this.was.send(canOpenNew(open.poolId, open.channelId, permission));
  }

  /** Ends the adapter in the documented order. */
  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    await within(this.running.stop(), LIMIT_MS, 'the adapter to end');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end.abort();
    for (const worker of this.workers) worker.release();
    await this.stop();
    for (const worker of this.workers) await worker.kill();
    await this.was[Symbol.asyncDispose]();
  }
}
