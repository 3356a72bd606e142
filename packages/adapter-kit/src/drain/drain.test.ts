import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RequestStream, ResponseHandler } from '@baton/channel';
import { Delivery, type HolderFacts } from '../forward/delivery.ts';
import type { Instance } from '../place/instance.ts';
import type { Placeable } from '../place/placeable.ts';
import type { PoolPlace } from '../place/pool.ts';
import type { Tally } from '../place/tally.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { createPlace } from '../testing/place.ts';
import { holdersOf } from './holders.ts';
import { PoliteCloses } from './polite-closes.ts';

const GRACE_MS = 1_000;
const SLOT = 'shop/1';

/** A connection that lives until it is told to close. */
class LongWork extends Delivery implements Placeable, ResponseHandler {
  override app = { appKey: 'shop' };
  readonly arrivedAtMs = 0;
  readonly name: string;
  closes = 0;
  isUpgraded: boolean;
  private stream: RequestStream | undefined = undefined;

  constructor(name: string, isUpgraded = true) {
    super();
    this.name = name;
    this.isUpgraded = isUpgraded;
  }

  override get isLongLived(): boolean {
    return this.isUpgraded;
  }

  override get holder(): HolderFacts {
    return { kind: 'websocket', what: this.name, client: '10.0.0.1' };
  }

  override closePolitely(): void {
    this.closes++;
  }

  deliver(instance: Instance, n: number): void {
    const { session } = instance;
    this.enter(instance, n, 5);
    const ends = { remoteAddress: '', remotePort: 0, localAddress: '', localPort: 0, encrypted: false, deadlineMs: 0 };
    const head = { protocol: 'http', appKey: 'shop', method: 'GET', url: this.name, httpVersion: '1.1', headers: [], ...ends } as const;
    this.stream = session.open(head, true, this);
  }

  end(): void {
    this.stream?.reset('CLIENT_CLOSED');
    this.leave('finished', () => 0);
  }

  refuse(): void {}
  onInterim(): void {}
  onHead(): void {}
  onData(): void {}
  onEnd(): void {}
  onReset(): void {}
  onCredit(): void {}
}

interface Scene {
  readonly place: PoolPlace;
  readonly closes: PoliteCloses;
  readonly works: readonly LongWork[];
  readonly tallies: Tally[];
  sweep(nowMs: number): void;
}

/** Work on w1, whose successor w2 has taken over at time 0. */
function handOver(works: readonly LongWork[]): Scene {
  const tallies: Tally[] = [];
  const place = createPlace({ onTally: (tally) => void (tallies.includes(tally) || tallies.push(tally)) });
  place.connected(new FakeSession());
  for (const work of works) place.submit(work);
  place.connected(new FakeSession({ generation: 2, role: 'replacement:r1' }));
  place.handover({ recycleId: 'r1', slot: SLOT, from: 'w1', to: 'w2', onlyIfIdle: false });
  const closes = new PoliteCloses();
  closes.begin(place.slots.get(SLOT)!, 'w1', 0);
  return { place, closes, works, tallies, sweep: (nowMs) => closes.sweep(GRACE_MS, nowMs) };
}

describe('polite closes', () => {
  it('begin after the grace, are spread over as long again, and ask each once', () => {
    const { works, sweep } = handOver(Array.from({ length: 200 }, (_, n) => new LongWork(`/${n}`)));
    const closed = (): number => works.filter(({ closes }) => closes > 0).length;
    sweep(GRACE_MS - 1);
    assert.equal(closed(), 0, 'the grace');
    const steps: number[] = [];
    for (let at = GRACE_MS; at <= 2 * GRACE_MS; at += 100) {
      sweep(at);
      steps.push(closed());
    }
    assert.ok(steps[5]! > 50 && steps[5]! < 150, `half of them at half time: ${steps}`);
    assert.equal(steps.at(-1), 200);
    sweep(10 * GRACE_MS);
    assert.ok(works.every(({ closes }) => closes === 1));
  });

  it('leave what is not long-lived alone, and have their turn once it is', () => {
    const { works, sweep } = handOver([new LongWork('/feed', false)]);
    sweep(3 * GRACE_MS);
    assert.equal(works[0]!.closes, 0);
    works[0]!.isUpgraded = true;
    sweep(3 * GRACE_MS);
    sweep(4 * GRACE_MS);
    assert.equal(works[0]!.closes, 1);
  });

  it('end with a roll-back: a worker that gets work again keeps what it has', () => {
    const { place, works, sweep } = handOver([new LongWork('/feed')]);
    place.handover({ recycleId: 'r1', slot: SLOT, from: 'w2', to: 'w1', onlyIfIdle: false });
    sweep(GRACE_MS);
    sweep(5 * GRACE_MS);
    assert.equal(works[0]!.closes, 0);
  });

  it('do not touch the new worker', () => {
    const { place, sweep } = handOver([]);
    const later = new LongWork('/later');
    place.submit(later);
    assert.equal(later.instance?.session.identity.workerId, 'w2');
    sweep(GRACE_MS);
    sweep(5 * GRACE_MS);
    assert.equal(later.closes, 0);
  });
});

describe('holders of a drain', () => {
  it('are what the hand-over found and is still there, the oldest by name and at most 20', () => {
    const { place, works, tallies } = handOver(Array.from({ length: 25 }, (_, n) => new LongWork(`/${n}`)));
    const slot = place.slots.get(SLOT)!;
    place.submit(new LongWork('/later'));
    const { named, count } = holdersOf(slot, tallies[0]!);
    assert.deepEqual([count, named.length], [25, 20]);
    assert.deepEqual(named[0], { kind: 'websocket', what: '/0', client: '10.0.0.1', appKey: 'shop', sinceMs: 5 });
    for (const work of works.slice(1)) work.end();
    assert.deepEqual(
      holdersOf(slot, tallies[0]!).named.map(({ what }) => what),
      ['/0'],
    );
    works[0]!.end();
    assert.equal(holdersOf(slot, tallies[0]!).count, 0);
    assert.ok(tallies[0]!.isFinal);
  });
});
