import type { HandoverOrder } from '../place/handover.ts';
import { FakeRequest } from './fake-request.ts';
import { FakeSession } from './fake-session.ts';
import { createPlace } from './place.ts';

/** A hand-over from w1 to w2. */
export const order = (more: Partial<HandoverOrder> = {}): HandoverOrder => ({
  recycleId: 'r1',
  slot: 'shop/1',
  from: 'w1',
  to: 'w2',
  onlyIfIdle: false,
  ...more,
});

/** A worker that was started to replace another one. */
export const replacement = (generation: number, more: Partial<FakeSession['identity']> = {}): FakeSession =>
  new FakeSession({ generation, role: `replacement:r${generation - 1}`, ...more });

/** A place, with what a test does to it. */
export function setUp(queueLength = 10) {
  let needs = 0;
  const place = createPlace({ queueLength, onNeed: () => needs++ });
  let count = 0;
  const submit = (name = `/${++count}`): FakeRequest => {
    const request = new FakeRequest(name, count);
    place.submit(request);
    return request;
  };
  const connect = (session: FakeSession): FakeSession => {
    place.connected(session);
    return session;
  };
  return { place, submit, connect, needs: () => needs };
}
