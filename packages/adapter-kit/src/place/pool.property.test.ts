import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { FakeRequest } from '../testing/fake-request.ts';
import { FakeSession } from '../testing/fake-session.ts';
import { createPlace } from '../testing/place.ts';

const GENERATIONS = 4;
const generation = fc.integer({ min: 1, max: GENERATIONS });
const someone = fc.integer({ min: 0, max: GENERATIONS });

/** What WAS, hosts, workers, links and clients may do to one slot, in any order, sensible or not. */
const happenings = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ does: fc.constant('submit' as const) }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('connect' as const), who: generation, isReplacement: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ does: fc.constant('handover' as const), from: someone, to: someone, onlyIfIdle: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('leave' as const), who: generation, successor: someone }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('suspend' as const), who: generation }) },
    { weight: 2, arbitrary: fc.record({ does: fc.constant('resume' as const), who: generation }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('lose' as const), who: generation }) },
    { weight: 1, arbitrary: fc.record({ does: fc.constant('die' as const), who: generation }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('acknowledge' as const), who: generation }) },
    { weight: 3, arbitrary: fc.record({ does: fc.constant('answer' as const), who: generation }) },
  ),
  { maxLength: 40 },
);

type Happening = typeof happenings extends fc.Arbitrary<readonly (infer Event)[]> ? Event : never;

const idOf = (who: number): string => (who === 0 ? '' : `w${who}`);

/** Every session that ever was, and the rules it must show. */
class World {
  readonly place = createPlace({ queueLength: 1000 });
  readonly requests: FakeRequest[] = [];
  readonly sessions: FakeSession[] = [];
  private readonly live = new Map<number, FakeSession>();
  private readonly dead = new Set<number>();

  async happen(event: Happening): Promise<void> {
    const { place, live } = this;
    switch (event.does) {
      case 'submit': {
        const request = new FakeRequest(`/${this.requests.length}`, this.requests.length);
        this.requests.push(request);
        place.submit(request);
        return;
      }
      case 'connect': {
        if (live.has(event.who) || this.dead.has(event.who)) return;
        const session = new FakeSession({ generation: event.who, role: event.isReplacement ? 'replacement:r' : 'activation' });
        live.set(event.who, session);
        this.sessions.push(session);
        place.connected(session);
        return;
      }
      case 'handover': {
        const order = { recycleId: 'r', slot: 'shop/1', from: idOf(event.from), to: idOf(event.to), onlyIfIdle: event.onlyIfIdle };
        const target = live.get(event.to);
        const isBusy = event.onlyIfIdle && (place.inFlight > 0 || place.parked.size > 0);
        const isReady = event.to === 0 || (target?.state === 'open' && !target.leaving);
        const answer = place.handover(order);
        assert.equal(answer.kind, isBusy ? 'busy' : isReady ? 'done' : 'notReady');
        if (answer.kind === 'done') assert.equal(place.slots.get('shop/1')?.eligible?.workerId ?? '', order.to);
        return;
      }
    }
    const session = live.get(event.who);
    if (event.does === 'die') {
      this.dead.add(event.who);
      live.delete(event.who);
      place.gone('shop/1', idOf(event.who), 'died', false);
      return;
    }
    if (!session) return;
    switch (event.does) {
      case 'leave':
        if (session.leaving) return;
        session.leaving = true;
        place.leaving(session, idOf(event.successor));
        return;
      case 'suspend':
        session.state = 'suspended';
        place.changed();
        return;
      case 'resume':
        session.state = 'open';
        place.changed();
        return;
      case 'lose':
        session.state = 'closed';
        live.delete(event.who);
        place.closed(session);
        return;
      case 'acknowledge':
        if (!session.leaving) await session.acknowledgeResume();
        return;
      case 'answer': {
        const stream = session.streams.find((one) => !one.isEnded || session.inFlight > 0);
        if (stream) session.forget(stream);
        return;
      }
    }
  }

  check(): void {
    for (const session of this.sessions) checkFrames(session);
    const slot = this.place.slots.get('shop/1');
    if (slot) assert.ok(slot.instances.size <= this.live.size);
    const parked = this.requests.filter(({ instance, refusal }) => !instance && refusal === undefined).length;
    assert.equal(this.place.parked.size, parked, 'a request is with a worker, refused, or parked, and nowhere else');
    const target = slot?.target;
    if (target?.session.writable) assert.equal(parked, 0, 'nothing waits while somebody may take it');
  }
}

/** After drain nothing is opened until a later resume frame was acknowledged; nothing is opened on a link that is down. */
function checkFrames({ frames, identity }: FakeSession): void {
  let isDrained = false;
  for (const frame of frames) {
    if (frame === 'drain') isDrained = true;
    else if (frame === 'resumed') isDrained = false;
    else if (frame.startsWith('open'))
      assert.ok(!isDrained, `${identity.workerId} was given work behind its drain frame: ${frames.join(', ')}`);
  }
}

describe('placing, whatever happens in whatever order', () => {
  it('never gives work behind a drain frame, loses no request, and obeys each Handover in one step', async () => {
    await fc.assert(
      fc.asyncProperty(happenings, async (events) => {
        const world = new World();
        for (const event of events) {
          await world.happen(event);
          world.check();
        }
      }),
      { numRuns: 2000 },
    );
  });
});
