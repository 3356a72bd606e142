import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_PENDING } from '../constants/statuses.ts';
import type { HttpContext } from '../context/http-context.ts';
import type { HttpModule } from './module.ts';
import { type LogLine, registering, servePipeline } from './testing/serve-pipeline.ts';

const soon = () => ({ deadlineAtMs: Date.now() + 100 });

const logging = (seen: string[]): HttpModule => ({
  onLogRequest: () => {
    seen.push('log');
    return RQ_NOTIFICATION_CONTINUE;
  },
  onPostEndRequest: () => {
    seen.push('end');
    return RQ_NOTIFICATION_CONTINUE;
  },
});

async function lineOf(log: readonly LogLine[], level: string): Promise<LogLine> {
  for (;;) {
    const line = log.find((line) => line.level === level);
    if (line) return line;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

suite('a request that a module leaves PENDING for ever', () => {
  for (const [how, begin] of [
    ['PENDING', () => RQ_NOTIFICATION_PENDING],
    ['a promise', () => new Promise<never>(() => {})],
  ] as const)
    test(`by ${how} is answered with 504 at its deadline; module and step are logged, LOG_REQUEST and END_REQUEST run`, async () => {
      const seen: string[] = [];
      const { url, log, isEmpty } = await servePipeline(
        { stuck: registering({ onAuthorizeRequest: begin }), audit: registering(logging(seen)) },
        { options: soon, app: () => seen.push('app') },
      );
      assert.equal((await fetch(url)).status, 504);
      await isEmpty();
      assert.deepEqual(seen, ['log', 'end']);
      assert.equal(log.length, 1);
      assert.equal(log[0]!.level, 'error');
      assert.match(log[0]!.message, /^Module "stuck" left a request PENDING in RQ_AUTHORIZE_REQUEST for \d+ ms, beyond its deadline/);
      assert.equal(log[0]!.fields.module, 'stuck');
      assert.equal(log[0]!.fields.step, 'RQ_AUTHORIZE_REQUEST');
    });

  test('before the first byte of the answer of an app is answered with 504, and what the app says goes nowhere', async () => {
    const seen: string[] = [];
    const { url, log, isEmpty } = await servePipeline(
      { stuck: registering({ onSendResponse: () => RQ_NOTIFICATION_PENDING }), audit: registering(logging(seen)) },
      { options: soon },
    );
    const answer = await fetch(url);
    assert.equal(answer.status, 504);
    assert.doesNotMatch(await answer.text(), /app/);
    await isEmpty();
    assert.deepEqual(seen, ['log', 'end']);
    assert.match((await lineOf(log, 'error')).message, /Module "stuck" left a request PENDING in RQ_SEND_RESPONSE/);
  });

  test('in the midst of an answer has its connection broken', async () => {
    const { url, log, isEmpty } = await servePipeline(
      {
        stuck: registering({
          onSendResponse: (_context, provider) => (provider.getHeadersBeingSent() ? RQ_NOTIFICATION_CONTINUE : RQ_NOTIFICATION_PENDING),
        }),
      },
      {
        options: soon,
        app(_req, res) {
          res.write('first');
          setImmediate(() => res.end('second'));
        },
      },
    );
    await assert.rejects(fetch(url).then((answer) => answer.text()));
    await isEmpty();
    assert.match((await lineOf(log, 'error')).message, /Module "stuck" left a request PENDING in RQ_SEND_RESPONSE/);
  });

  test('in LOG_REQUEST, whose answer is out, keeps no other module from its end', async () => {
    const seen: string[] = [];
    let isLate = false;
    const { url, log, isEmpty } = await servePipeline(
      {
        stuck: registering({
          onLogRequest: (context) => {
            // The grace of LOG_REQUEST is seconds: it is cut short here.
            setTimeout(() => {
              isLate = true;
              context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
            }, 400);
            return RQ_NOTIFICATION_PENDING;
          },
        }),
        audit: registering(logging(seen)),
      },
      { options: soon },
    );
    assert.equal(await (await fetch(url)).text(), 'app');
    await isEmpty();
    assert.ok(isLate);
    assert.deepEqual(seen, ['log', 'end']);
    assert.deepEqual(log, []);
  });

  test('may be completed late: that is logged, and no error of the module', async () => {
    const kept = Promise.withResolvers<HttpContext>();
    const { url, log, isEmpty } = await servePipeline(
      {
        late: registering({
          onBeginRequest(context) {
            kept.resolve(context);
            return RQ_NOTIFICATION_PENDING;
          },
        }),
      },
      { options: soon },
    );
    assert.equal((await fetch(url)).status, 504);
    await isEmpty();
    const context = await kept.promise;
    context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    assert.match((await lineOf(log, 'warn')).message, /Module "late" completed a request that had gone on without it/);
    assert.throws(() => context.indicateCompletion(RQ_NOTIFICATION_CONTINUE), { code: 'ERROR_INVALID_STATE' });
  });

  test('or reject late, which is logged, too', async () => {
    const gate = Promise.withResolvers<never>();
    const { url, log } = await servePipeline({ late: registering({ onBeginRequest: () => gate.promise }) }, { options: soon });
    assert.equal((await fetch(url)).status, 504);
    gate.reject(new Error('at last'));
    assert.match((await lineOf(log, 'warn')).message, /Module "late" failed when its request had gone on without it: at last/);
  });

  test('and whose client has left is ended at its deadline, too', async () => {
    const begun = Promise.withResolvers<void>();
    const seen: string[] = [];
    const { url, isEmpty } = await servePipeline(
      {
        stuck: registering({
          ...logging(seen),
          onBeginRequest() {
            begun.resolve();
            return RQ_NOTIFICATION_PENDING;
          },
          dispose: () => seen.push('dispose'),
        }),
      },
      { options: soon },
    );
    const client = connect(Number(new URL(url).port), '127.0.0.1');
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await begun.promise;
    client.destroy();
    await isEmpty();
    assert.deepEqual(seen, ['log', 'end', 'dispose']);
  });

  test('without a deadline is named once, and waits on', async () => {
    const kept: HttpContext[] = [];
    const { url, log } = await servePipeline(
      {
        slow: registering({
          onMapRequestHandler(context) {
            kept.push(context);
            return RQ_NOTIFICATION_PENDING;
          },
        }),
      },
      { warnPendingMs: 50 },
    );
    const answers = [fetch(url), fetch(url)];
    while (log.length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    // Two more looks.
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal(log.length, 2);
    for (const { level, message } of log) {
      assert.equal(level, 'warn');
      assert.match(message, /^Module "slow" has had a request PENDING in RQ_MAP_REQUEST_HANDLER for \d+ ms/);
    }
    for (const context of kept) context.indicateCompletion(RQ_NOTIFICATION_CONTINUE);
    for (const answer of answers) assert.equal(await (await answer).text(), 'app');
  });
});
