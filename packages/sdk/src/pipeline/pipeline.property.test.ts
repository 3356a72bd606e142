import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HandlerResult, HttpModule } from './module.ts';
import { type HandlerName, STEPS } from './notification-facts.ts';
import type { Pipeline } from './pipeline.ts';
import { type LogLine, makePipeline, registering } from './testing/serve-pipeline.ts';

const PLACES: readonly HandlerName[] = STEPS.flatMap(({ handler, postHandler }) => [handler, postHandler]);
const ALIASES = ['FIRST', 'HIGH', 'MEDIUM', 'LOW', 'LAST'] as const;
type Status = typeof RQ_NOTIFICATION_CONTINUE | typeof RQ_NOTIFICATION_FINISH_REQUEST;

/** Ways to answer; all but the last five come to the status that was drawn. */
const WAYS = [
  'sync',
  'promise',
  'early',
  'late',
  'promised early',
  'promised late',
  'early post',
  'late post',
  'post twice',
  'twice early',
  'twice in a promise',
  'throw',
  'reject',
  'in vain',
  'throw async',
  'no status',
] as const;
type Way = (typeof WAYS)[number];
const FAILING: ReadonlySet<Way> = new Set(['throw', 'reject', 'in vain', 'throw async', 'no status']);

interface Act {
  readonly way: Way;
  readonly status: Status;
}
interface Drawn {
  readonly alias: (typeof ALIASES)[number];
  readonly acts: ReadonlyMap<HandlerName, Act>;
}

const act = fc.record<Act>({
  way: fc.constantFrom(...WAYS),
  status: fc.oneof(
    { weight: 5, arbitrary: fc.constant(RQ_NOTIFICATION_CONTINUE) },
    { weight: 1, arbitrary: fc.constant(RQ_NOTIFICATION_FINISH_REQUEST) },
  ),
});
const calm = act.filter(({ way }) => !FAILING.has(way));
const module = fc.record<Drawn>({
  alias: fc.constantFrom(...ALIASES),
  acts: fc
    .array(fc.tuple(fc.constantFrom(...PLACES), fc.oneof({ weight: 5, arbitrary: calm }, { weight: 1, arbitrary: act })), {
      minLength: 1,
      maxLength: 8,
    })
    .map((pairs) => new Map(pairs)),
});

interface Outcome {
  events: string[];
  disposed: string[];
  refused: string[];
  errors: number;
  status: number;
  text: string;
}

/** What has to come of it, worked out step by step without a machine. */
function expect(modules: readonly Drawn[]): Outcome {
  const outcome: Outcome = { events: [], disposed: [], refused: [], errors: 0, status: 200, text: '' };
  const order = modules
    .map((drawn, index) => ({ ...drawn, name: `m${index}` }))
    .toSorted((a, b) => ALIASES.indexOf(a.alias) - ALIASES.indexOf(b.alias));
  const heard = new Set<string>();
  let skipTo = 0;
  for (const [place, handler] of PLACES.entries()) {
    if (handler === 'onPostExecuteRequestHandler' && place >= skipTo) {
      outcome.events.push('app');
      outcome.text = 'app';
    }
    const isEnding = place >= PLACES.indexOf('onLogRequest');
    for (const { name, acts } of order) {
      if (place < skipTo) break;
      const drawn = acts.get(handler);
      if (!drawn) continue;
      heard.add(name);
      outcome.events.push(`${name} ${handler}`);
      if (drawn.way.includes('post')) outcome.events.push(`${name} async`);
      if (drawn.way === 'post twice') outcome.events.push(`${name} async`);
      if (drawn.way === 'throw async') outcome.events.push(`${name} async`);
      if (drawn.way.startsWith('twice')) outcome.refused.push(name);
      const isFailing = FAILING.has(drawn.way);
      if (isFailing) {
        outcome.errors++;
        if (outcome.text !== 'app') outcome.status = 500;
      }
      if (isFailing ? !isEnding : drawn.status === RQ_NOTIFICATION_FINISH_REQUEST) skipTo = placeAfter(place);
    }
  }
  outcome.disposed = [...heard].toReversed();
  return outcome;
}

/** Where a request goes on that is finished at one place. */
function placeAfter(place: number): number {
  return (
    [PLACES.indexOf('onLogRequest'), PLACES.indexOf('onEndRequest')].find((next) => next - (next % 2) > place - (place % 2)) ??
    PLACES.length
  );
}

/** A module that does what was drawn, and notes it. */
function doing({ acts }: Drawn, name: string, outcome: Outcome): HttpModule {
  const module: Record<string, unknown> & HttpModule = {
    dispose: () => outcome.disposed.push(name),
    onAsyncCompletion(this: { act: Act; isAgain?: boolean }, context) {
      outcome.events.push(`${name} async`);
      if (this.act.way === 'throw async') throw new Error('async');
      if (this.act.way === 'post twice' && !this.isAgain) {
        this.isAgain = true;
        context.postCompletion();
        return RQ_NOTIFICATION_PENDING;
      }
      return this.act.status;
    },
  };
  for (const [handler, act] of acts)
    module[handler] = function (this: { act: Act; isAgain?: boolean }, context: HttpContext) {
      this.act = act;
      this.isAgain = false;
      outcome.events.push(`${name} ${handler}`);
      return answer(act, context, () => outcome.refused.push(name));
    };
  return module;
}

function answer({ way, status }: Act, context: HttpContext, refused: () => void): HandlerResult {
  const complete = () => context.indicateCompletion(status);
  const completeAgain = () => {
    try {
      context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    } catch {
      refused();
    }
  };
  switch (way) {
    case 'sync':
      return status;
    case 'promise':
      return new Promise((resolve) => setImmediate(resolve, status));
    case 'early':
      complete();
      return RQ_NOTIFICATION_PENDING;
    case 'late':
      setImmediate(complete);
      return RQ_NOTIFICATION_PENDING;
    case 'promised early':
      complete();
      return Promise.resolve(RQ_NOTIFICATION_PENDING);
    case 'promised late':
      setImmediate(complete);
      return Promise.resolve(RQ_NOTIFICATION_PENDING);
    case 'early post':
    case 'post twice':
    case 'throw async':
      context.postCompletion(1);
      return RQ_NOTIFICATION_PENDING;
    case 'late post':
      setImmediate(() => context.postCompletion(1));
      return RQ_NOTIFICATION_PENDING;
    case 'twice early':
      complete();
      completeAgain();
      return RQ_NOTIFICATION_PENDING;
    case 'twice in a promise':
      // Both within one promise: later, the second might be that of a later step of the same module.
      complete();
      return Promise.resolve()
        .then(completeAgain)
        .then(() => RQ_NOTIFICATION_PENDING);
    case 'throw':
      throw new Error('thrown');
    case 'reject':
      return Promise.reject(new Error('rejected'));
    case 'in vain':
      complete();
      return status;
    case 'no status':
      return undefined as never;
  }
}

test('whatever modules answer, and however they complete it, a request goes as the rules say', async () => {
  let pipeline!: Pipeline;
  let outcome!: Outcome;
  const server = createServer((req, res) => {
    pipeline.run(req, res, () => {
      outcome.events.push('app');
      res.end('app');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => server.closeAllConnections());
  after(() => server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  await fc.assert(
    fc.asyncProperty(fc.array(module, { minLength: 1, maxLength: 4 }), async (modules) => {
      outcome = { events: [], disposed: [], refused: [], errors: 0, status: 0, text: '' };
      const log: LogLine[] = [];
      const registers = modules.map((drawn, index) => {
        const name = `m${index}`;
        const setPriority = (info: Parameters<ReturnType<typeof registering>>[0]) =>
          info.setPriorityForRequestNotification(0xfff, drawn.alias);
        return [name, registering(doing(drawn, name, outcome), undefined, setPriority)];
      });
      pipeline = await makePipeline(Object.fromEntries(registers), log);
      const response = await fetch(url, { signal: AbortSignal.timeout(20_000) });
      outcome.status = response.status;
      outcome.text = response.status === 500 ? '' : await response.text();
      if (response.status === 500) await response.text();
      const endAtMs = Date.now() + 10_000;
      while (pipeline.current.size > 0 && Date.now() < endAtMs) await new Promise(setImmediate);
      assert.equal(pipeline.current.size, 0);
      outcome.errors = log.filter(({ level }) => level === 'error').length;
      assert.deepEqual(outcome, expect(modules));
    }),
    { numRuns: 400 },
  );
});
