import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import { HostError } from '../../errors/host-error.ts';
import type { HttpModule } from '../../pipeline/module.ts';
import { registering, servePipeline } from '../../pipeline/testing/serve-pipeline.ts';

const MODULES: Readonly<Record<'none' | 'at once' | 'later', HttpModule | undefined>> = {
  none: undefined,
  'at once': { onSendResponse: () => RQ_NOTIFICATION_CONTINUE },
  later: { onSendResponse: () => new Promise((resolve) => setTimeout(resolve, 20, RQ_NOTIFICATION_CONTINUE)) },
};
type When = keyof typeof MODULES;
const BEHIND: readonly When[] = ['at once', 'later'];

interface Outcome {
  /** What the app has seen. */
  readonly seen: readonly unknown[];
  /** All that the client got; "[reset]" behind it where its connection was broken. */
  readonly text: string;
  readonly log: readonly string[];
}

type App = (res: ServerResponse, see: (...what: unknown[]) => void) => void;

/** What comes of an app behind a module of RQ_SEND_RESPONSE that goes on at once, later, or is not there. */
async function outcome(when: When, app: App): Promise<Outcome> {
  const seen: unknown[] = [];
  const module = MODULES[when];
  const { url, log, isEmpty } = await servePipeline(module ? { m: registering(module) } : {}, {
    app: (_req, res) => app(res, (...what) => void seen.push(...what)),
  });
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
  let text = '';
  socket.on('data', (data) => {
    text += data;
  });
  socket.on('error', () => {
    text += '[reset]';
  });
  await new Promise((resolve) => socket.on('close', resolve));
  await isEmpty();
  return { seen, text, log: log.map(({ message }) => message) };
}

/** What a call answers, or the code of what it throws. */
function code(act: () => unknown): unknown {
  try {
    const answer = act();
    return typeof answer === 'object' || answer === undefined ? 'done' : answer;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  }
}

suite('an app behind a module of RQ_SEND_RESPONSE is told as without it, in the same call, of', () => {
  const SAME: Readonly<Record<string, App>> = {
    'a field that is none': (res, see) =>
      see(
        code(() => res.writeHead(200, { 'x a': '1' })),
        code(() => res.end('x')),
      ),
    'a value that is none': (res, see) =>
      see(
        code(() => res.writeHead(200, { 'x-a': 'a\nb' })),
        code(() => res.end('x')),
      ),
    'a status that is none': (res, see) =>
      see(
        code(() => res.writeHead(99)),
        code(() => res.end('x')),
      ),
    'a second head, and a field behind the head': (res, see) => {
      res.writeHead(200);
      see(
        code(() => res.writeHead(201)),
        code(() => res.setHeader('a', 'b')),
      );
      res.end('x');
      see(code(() => res.setHeader('a', 'b')));
    },
    'data that are none': (res, see) => {
      see(
        code(() => res.write(null)),
        code(() => res.write(7 as never)),
      );
      res.end('x');
    },
    'a write behind the end': (res, see) => {
      res.on('error', (error: NodeJS.ErrnoException) => see(`error ${error.code}`));
      res.end('x');
      see(code(() => res.write('y')));
    },
  };
  for (const [what, app] of Object.entries(SAME))
    test(what, async () => {
      const { seen } = await outcome('none', app);
      assert.ok(
        seen.some((one) => String(one).includes('ERR_')),
        String(seen),
      );
      for (const when of BEHIND) assert.deepEqual((await outcome(when, app)).seen, seen, when);
    });
});

suite('an app behind a module of RQ_SEND_RESPONSE does not hear in its call, but in the log, with its connection broken, of', () => {
  const LATE: Readonly<Record<string, { app: App; error: string; log: RegExp }>> = {
    'more bytes than a strict length': {
      app: (res, see) => {
        res.strictContentLength = true;
        res.setHeader('content-length', 3);
        see(code(() => res.end('hello')));
      },
      error: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
      log: /A request failed in the response: .*content-length of 5 byte\(s\) does not match/,
    },
    'fewer bytes than a strict length': {
      app: (res, see) => {
        res.strictContentLength = true;
        res.setHeader('content-length', 9);
        see(code(() => res.end('hello')));
      },
      error: 'ERR_HTTP_CONTENT_LENGTH_MISMATCH',
      log: /A request failed in the response: .*content-length of 5 byte\(s\) does not match/,
    },
    'trailers beside a length': {
      app: (res, see) => {
        res.setHeader('trailer', 'x');
        res.setHeader('content-length', 1);
        see(code(() => res.end('x')));
      },
      error: 'ERR_HTTP_TRAILER_INVALID',
      log: /A request failed in the response: Trailers are invalid/,
    },
  };
  for (const [what, { app, error, log }] of Object.entries(LATE))
    test(what, async () => {
      const alone = await outcome('none', (res, see) => {
        app(res, see);
        res.destroy();
      });
      assert.deepEqual(alone.seen, [error]);
      for (const when of BEHIND) {
        const behind = await outcome(when, app);
        assert.deepEqual([behind.seen, behind.text], [['done'], '[reset]'], when);
        assert.match(behind.log.join('\n'), log);
      }
    });
});

suite('an app behind a module of RQ_SEND_RESPONSE', () => {
  test('reads back the fields it has given to writeHead; a name that comes several times goes out in its first spelling', async () => {
    const app: App = (res, see) => {
      res.writeHead(200, ['X-B', '1', 'x-b', '2']);
      see(res.getHeader('x-b'), res.getHeaderNames());
      res.end('x');
    };
    const alone = await outcome('none', app);
    assert.deepEqual(alone.seen, [undefined, []]);
    assert.match(alone.text, /X-B: 1\r\nx-b: 2\r\n/);
    for (const when of BEHIND) {
      const behind = await outcome(when, app);
      assert.deepEqual(behind.seen, [['1', '2'], ['x-b']]);
      assert.match(behind.text, /X-B: 1\r\nX-B: 2\r\n/);
    }
  });

  test('that gives a head and then all of its body gets a Content-Length, where Node alone would chunk', async () => {
    const app: App = (res) => void res.writeHead(200).end('x');
    assert.match((await outcome('none', app)).text, /Transfer-Encoding: chunked/);
    for (const when of BEHIND) assert.match((await outcome(when, app)).text, /Content-Length: 1\r\n(?!.*chunked)/s);
  });

  test('changes nothing by a status that it sets behind its head, which then reads as it went out', async () => {
    for (const give of [(res: ServerResponse) => res.writeHead(201, 'Made'), (res: ServerResponse) => res.flushHeaders()])
      for (const when of ['none', ...BEHIND] as const) {
        const { seen, text } = await outcome(when, (res, see) => {
          give(res);
          res.statusCode = 500;
          res.statusMessage = 'Late';
          see(res.statusCode);
          res.on('finish', () => see(res.statusCode));
          res.end('x');
        });
        const sent = text.startsWith('HTTP/1.1 201 Made\r\n') ? 201 : 200;
        assert.match(text, /^HTTP\/1\.1 (201 Made|200 OK)\r\n/, when);
        assert.equal(seen[0], 500);
        if (when === 'later') assert.equal(seen[1], sent);
      }
  });

  test('has a module see, and keep, the status of its head, whatever it says meanwhile', async () => {
    const seen: unknown[] = [];
    for (const [set, expected] of [
      [undefined, '201 Made'],
      [404, '404 Not Found'],
    ] as const) {
      const handlers: HttpModule = {
        async onSendResponse(context) {
          const response = context.getResponse();
          if (set && !context.getResponseHeadersSent()) response.setStatus(set, 'Not Found');
          await new Promise(setImmediate);
          if (!context.getResponseHeadersSent()) seen.push(response.getStatus().statusCode);
          return RQ_NOTIFICATION_CONTINUE;
        },
      };
      const { url } = await servePipeline(
        { m: registering(handlers) },
        {
          app: (_req, res) => {
            res.writeHead(201, 'Made');
            res.write('x');
            res.statusCode = 500;
            setImmediate(() => {
              res.statusCode = 501;
              res.end();
            });
          },
        },
      );
      const response = await fetch(url);
      assert.equal(`${response.status} ${response.statusText}`, expected);
      await response.text();
    }
    assert.deepEqual(seen, [201, 404]);
  });
});

suite('while a module of RQ_SEND_RESPONSE is pending, an app', () => {
  test('finds no room for what is held, which writableLength does not count', async () => {
    const app: App = (res, see) => {
      see(res.write('hello'), res.writableLength > 0);
      res.end();
    };
    assert.deepEqual((await outcome('none', app)).seen, [true, true]);
    assert.deepEqual((await outcome('later', app)).seen, [false, false]);
  });

  test('still adds trailers behind its end', async () => {
    const app: App = (res) => {
      res.setHeader('trailer', 'x-t');
      res.write('a');
      res.end('b');
      res.addTrailers({ 'x-t': '1' });
    };
    assert.doesNotMatch((await outcome('none', app)).text, /x-t: 1/);
    assert.match((await outcome('later', app)).text, /0\r\nx-t: 1\r\n/);
  });

  test('overtakes itself with what it writes to the socket', async () => {
    const app: App = (res) => {
      res.write('a');
      res.socket!.write('RAW');
      res.end('b');
    };
    assert.match((await outcome('none', app)).text, /^HTTP.*a\r\nRAW/s);
    assert.match((await outcome('later', app)).text, /^RAWHTTP/);
  });

  test('that destroys its response hears of it in the callbacks of what was held, by another error', async () => {
    const app: App = (res, see) => {
      res.on('error', () => {});
      res.write('a', (error) => see(error));
      res.destroy(new Error('mine'));
    };
    const [alone] = (await outcome('none', app)).seen;
    assert.match(String(alone), /mine/);
    const [behind] = (await outcome('later', app)).seen;
    assert.ok(HostError.is(behind, 'ERROR_CONNECTION_INVALID'), String(behind));
  });
});
