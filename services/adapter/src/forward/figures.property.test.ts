import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Fate, Tally } from '@baton/adapter-kit';
import { createPlace, FakeSession, type FakeStream } from '@baton/adapter-kit/testing';
import fc from 'fast-check';
import { FakeClient } from '../testing/fake-client.ts';
import type { Exchange } from './exchange.ts';

const GENERATIONS = 4;
const who = fc.integer({ min: 1, max: GENERATIONS });
const anyone = fc.integer({ min: 0, max: GENERATIONS });
const which = fc.nat({ max: 20 });
const named = <T extends string>(name: T): fc.Arbitrary<T> => fc.constant(name);

/** What may happen to one slot and the requests it has, in any order, sensible or not. */
const happenings = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.record({ does: named('send'), method: fc.constantFrom('GET', 'POST'), isReplaySafe: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ does: named('connect'), who, isReplacement: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ does: named('handover'), from: anyone, to: anyone, recycle: fc.nat({ max: 5 }) }) },
    { weight: 1, arbitrary: fc.record({ does: named('leave'), who, successor: anyone }) },
    { weight: 1, arbitrary: fc.record({ does: named('stall'), who, isWritable: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ does: named('lose'), who }) },
    { weight: 1, arbitrary: fc.record({ does: named('die'), who }) },
    { weight: 2, arbitrary: fc.record({ does: named('acknowledge'), who }) },
    { weight: 3, arbitrary: fc.record({ does: named('answer'), which }) },
    { weight: 2, arbitrary: fc.record({ does: named('head'), which }) },
    { weight: 3, arbitrary: fc.record({ does: named('refuse'), which }) },
    { weight: 1, arbitrary: fc.record({ does: named('abort'), which }) },
    { weight: 1, arbitrary: fc.record({ does: named('leaveClient'), which }) },
    { weight: 1, arbitrary: fc.record({ does: named('expire'), which }) },
    { weight: 1, arbitrary: fc.record({ does: named('toggle') }) },
  ),
  { minLength: 20, maxLength: 80 },
);

type Happening = typeof happenings extends fc.Arbitrary<readonly (infer Event)[]> ? Event : never;

const idOf = (generation: number): string => (generation === 0 ? '' : `w${generation}`);
const exchangeOf = ({ handler }: FakeStream): Exchange => handler as Exchange;
const nothingYet = (): Record<Fate, number> => ({ finished: 0, moved: 0, replayed: 0, failed: 0 });

/** What the test itself knows of the requests that one hand-over found. */
interface Expected {
  /** With the number of workers that had had each by then. */
  readonly found: ReadonlyMap<Exchange, number>;
  readonly open: Set<Exchange>;
  readonly fates: Record<Fate, number>;
}

/** One slot with its workers and clients, and a count of its own, taken from what workers and clients see. */
class World {
  readonly expected = new Map<Tally, Expected>();
  private nowMs = 1;
  private readonly client = new FakeClient();
  private readonly sessions: FakeSession[] = [];
  private readonly live = new Map<number, FakeSession>();
  private readonly dead = new Set<number>();
  private readonly exchanges: Exchange[] = [];
  private readonly left = new Set<Exchange>();
  /** How a request goes on that leaves its worker. */
  private readonly ways = new Map<Exchange, 'moved' | 'replayed'>();
  /** Requests in flight on the worker that the last step took work from, with the number of workers that had had each. */
  private found: ReadonlyMap<Exchange, number> = new Map();
  private readonly place = createPlace({ queueLength: 1000, now: () => this.nowMs, onTally: (tally) => this.take(tally) });

  async happen(event: Happening): Promise<void> {
    this.nowMs++;
    await this.act(event);
    for (const [tally, expected] of this.expected) this.settle(tally, expected);
  }

  /** Everybody is answered, or leaves. */
  async end(): Promise<void> {
    for (const stream of this.streams()) this.answer(stream);
    for (const exchange of this.exchanges) this.leave(exchange);
    for (const [tally, expected] of this.expected) {
      this.settle(tally, expected);
      assert.ok(tally.isFinal, 'every request has ended');
    }
  }

  private take(tally: Tally): void {
    if (this.expected.has(tally)) return;
    const { found } = this;
    this.expected.set(tally, { found, open: new Set(found.keys()), fates: nothingYet() });
    assert.equal(tally.inFlight, found.size);
  }

  private settle(tally: Tally, { found, open, fates }: Expected): void {
    for (const exchange of open) {
      const isElsewhere = this.workersOf(exchange) > found.get(exchange)!;
      const isBroken = this.client.ended.get(exchange);
      if (!isElsewhere && isBroken === undefined) continue;
      open.delete(exchange);
      const isFailed = !this.left.has(exchange) && (isBroken || exchange.reply.status >= 500);
      fates[isElsewhere ? this.ways.get(exchange)! : isFailed ? 'failed' : 'finished']++;
    }
    const { finished, moved, replayed, failed, isFinal } = tally;
    assert.deepEqual({ finished, moved, replayed, failed }, fates);
    assert.equal(isFinal, open.size === 0);
  }

  private workersOf(exchange: Exchange): number {
    return this.sessions.reduce((sum, { streams }) => sum + streams.filter((stream) => exchangeOf(stream) === exchange).length, 0);
  }

  private streams(): FakeStream[] {
    return this.sessions.flatMap((session) => session.openStreams);
  }

  private answer(stream: FakeStream): void {
    if (exchangeOf(stream).reply.isStarted) stream.sendEnd();
    else stream.answer();
  }

  private leave(exchange: Exchange): void {
    if (!exchange.isDone) this.left.add(exchange);
    exchange.onClientGone();
  }

  /** A step that repeats the last one, or that is refused, finds nothing of its own. */
  private step(from: string, to: string, act: () => void): void {
    const before = this.place.slots.get('shop/1');
    const last = before?.last;
    const isRepeat = last?.from === from && last.to === to && (before?.eligible?.workerId ?? '') === to;
    const { found } = this;
    const session = [...this.live.values()].find(({ identity }) => identity.workerId === from);
    const inFlight = session?.openStreams.map(exchangeOf) ?? [];
    if (!isRepeat) this.found = new Map(inFlight.map((exchange) => [exchange, this.workersOf(exchange)]));
    act();
    if (this.place.slots.get('shop/1')?.last === last) this.found = found;
  }

  private async act(event: Happening): Promise<void> {
    const { place, live } = this;
    switch (event.does) {
      case 'send':
        this.exchanges.push(this.client.send(place, () => this.nowMs, event));
        return;
      case 'connect':
        this.connect(event.who, event.isReplacement);
        return;
      case 'handover': {
        const order = { recycleId: event.recycle === 0 ? '' : `r${event.recycle}`, slot: 'shop/1', onlyIfIdle: false };
        this.step(idOf(event.from), idOf(event.to), () => place.handover({ ...order, from: idOf(event.from), to: idOf(event.to) }));
        return;
      }
      case 'toggle':
        place.setEnabled(!place.isEnabled, 'by an operator');
        return;
    }
    if ('which' in event) this.actOnRequest(event);
    else if (live.has(event.who)) await this.actOnWorker(event, live.get(event.who)!);
  }

  private connect(generation: number, isReplacement: boolean): void {
    if (this.live.has(generation) || this.dead.has(generation)) return;
    const session = new FakeSession({ generation, role: isReplacement ? `replacement:r${generation}` : 'activation' });
    this.live.set(generation, session);
    this.sessions.push(session);
    this.place.connected(session);
  }

  private actOnRequest(event: Extract<Happening, { which: number }>): void {
    if (event.does === 'leaveClient' || event.does === 'expire') {
      const exchange = this.exchanges[event.which % this.exchanges.length];
      if (!exchange || exchange.isDone) return;
      if (event.does === 'expire') exchange.onDeadline();
      else this.leave(exchange);
      return;
    }
    const streams = this.streams();
    const stream = streams[event.which % streams.length];
    if (!stream) return;
    const exchange = exchangeOf(stream);
    if (event.does === 'answer') this.answer(stream);
    else if (event.does === 'abort') stream.sendReset('APP_ABORTED');
    else if (exchange.reply.isStarted) return;
    else if (event.does === 'head') stream.sendHead(200, [], 'chunked');
    else {
      this.ways.set(exchange, 'moved');
      stream.sendReset('NOT_BEGUN');
    }
  }

  private async actOnWorker(event: Extract<Happening, { who: number }>, session: FakeSession): Promise<void> {
    const { place, live } = this;
    switch (event.does) {
      case 'leave':
        if (session.leaving) return;
        session.leaving = true;
        this.step(idOf(event.who), event.successor === event.who ? '' : idOf(event.successor), () =>
          place.leaving(session, idOf(event.successor)),
        );
        return;
      case 'stall':
        session.writable = event.isWritable;
        place.changed();
        return;
      case 'lose':
        live.delete(event.who);
        session.close('SESSION_CLOSED', 'lost');
        place.closed(session);
        return;
      case 'die':
        this.dead.add(event.who);
        live.delete(event.who);
        for (const stream of session.openStreams) this.ways.set(exchangeOf(stream), 'replayed');
        place.gone('shop/1', idOf(event.who), 'died', false);
        return;
      case 'acknowledge':
        if (!session.leaving) await session.acknowledgeResume();
        return;
    }
  }
}

describe('the figures of recycles, whatever happens in whatever order', () => {
  it('count each request that was in flight at the hand-over once, as what its client and the workers saw', async () => {
    let tallied = 0;
    await fc.assert(
      fc.asyncProperty(happenings, async (events) => {
        const world = new World();
        await world.happen({ does: 'connect', who: 1, isReplacement: false });
        await world.happen({ does: 'connect', who: 2, isReplacement: true });
        for (const event of events) await world.happen(event);
        await world.end();
        for (const tally of world.expected.keys()) tallied += tally.inFlight;
      }),
      { numRuns: 2000 },
    );
    assert.ok(tallied > 300, `${tallied} requests crossed a hand-over`);
  });
});
