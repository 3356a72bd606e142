import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { REQUEST_NOTIFICATION_NAMES } from '../constants/request-notifications.ts';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { type HandlerName, STEPS } from './notification-facts.ts';
import { registering, servePipeline } from './testing/serve-pipeline.ts';

/** Everything a request comes to, in order; the app is one of them. */
const LINE: readonly string[] = STEPS.flatMap(({ handler, postHandler }) =>
  handler === 'onExecuteRequestHandler' ? [handler, 'app', postHandler] : [handler, postHandler],
);
const PLACES = LINE.filter((place) => place !== 'app') as HandlerName[];

/** What a request comes to when it ends early at one place. */
function lineUntil(place: string): string[] {
  const before = LINE.slice(0, LINE.indexOf(place) + 1);
  if (/LogRequest$/.test(place)) return [...before, 'onEndRequest', 'onPostEndRequest'];
  if (/EndRequest$/.test(place)) return before;
  return [...before, 'onLogRequest', 'onPostLogRequest', 'onEndRequest', 'onPostEndRequest'];
}

/** Two modules that hear everything; the first one does `act` at one place. */
async function runTo(
  place: HandlerName,
  act: () => HandlerResult,
): Promise<{ seen: string[]; second: string[]; status: number; log: string[] }> {
  const seen: string[] = [];
  const second: string[] = [];
  const hearing = (list: string[], special: () => HandlerResult): HttpModule =>
    Object.fromEntries(
      PLACES.map((handler) => [
        handler,
        () => {
          list.push(handler);
          return handler === place ? special() : RQ_NOTIFICATION_CONTINUE;
        },
      ]),
    );
  const { url, log, isEmpty } = await servePipeline(
    { first: registering(hearing(seen, act)), second: registering(hearing(second, () => RQ_NOTIFICATION_CONTINUE)) },
    {
      app(_req, res) {
        seen.push('app');
        res.end('app');
      },
    },
  );
  const { status } = await fetch(url);
  await isEmpty();
  return { seen, second: second.filter((handler) => handler === place), status, log: log.map(({ message }) => message) };
}

suite('FINISH_REQUEST skips the rest, post handlers and other modules included, down to LOG_REQUEST and END_REQUEST', () => {
  for (const place of PLACES)
    for (const [how, act] of [
      ['at once', () => RQ_NOTIFICATION_FINISH_REQUEST],
      ['by a promise', async () => RQ_NOTIFICATION_FINISH_REQUEST],
    ] as const)
      test(`${place}, ${how}`, async () => {
        const { seen, second, status, log } = await runTo(place, act);
        assert.deepEqual(seen, lineUntil(place));
        assert.deepEqual(second, []);
        assert.equal(status, 200);
        assert.deepEqual(log, []);
      });
});

suite('an error is a 500 while nothing is out, names module and step, and LOG_REQUEST and END_REQUEST still run', () => {
  const refuse = () => {
    throw new Error('broken');
  };
  for (const place of PLACES)
    for (const [how, act] of [
      ['thrown', refuse],
      ['rejected', async () => refuse()],
      ['an answer that is none', () => undefined as never],
      ['a promise of an answer that is none', async () => 7 as never],
    ] as const)
      test(`${place}, ${how}`, async () => {
        const { seen, second, status, log } = await runTo(place, act);
        const isEnding = /(?:Log|End)Request$/.test(place);
        assert.deepEqual(seen, isEnding ? LINE : lineUntil(place));
        assert.deepEqual(second, isEnding ? [place] : []);
        // From the app's answer on nothing can be said to the client any more.
        assert.equal(status, LINE.indexOf(place) < LINE.indexOf('app') ? 500 : 200);
        const facts = STEPS.find(({ handler, postHandler }) => handler === place || postHandler === place)!;
        const name = REQUEST_NOTIFICATION_NAMES.get(facts.bit)!;
        assert.equal(log.length, 1);
        assert.ok(log[0]!.startsWith(`Module "first" failed in ${name}${facts.postHandler === place ? ' (post)' : ''}: `), log[0]);
      });
});

test('an error in the midst of an answer breaks the connection off, so that nobody takes it for whole', async () => {
  const { url, log, isEmpty } = await servePipeline(
    {
      sender: registering({
        onSendResponse(_context, provider) {
          if (provider.getHeadersBeingSent()) return RQ_NOTIFICATION_CONTINUE;
          throw new Error('in the second flush');
        },
      }),
    },
    {
      app(_req, res) {
        res.write('first');
        setImmediate(() => res.end('second'));
      },
    },
  );
  await assert.rejects(fetch(url).then((answer) => answer.text()));
  await isEmpty();
  assert.match(log[0]!.message, /Module "sender" failed in RQ_SEND_RESPONSE: in the second flush/);
});
