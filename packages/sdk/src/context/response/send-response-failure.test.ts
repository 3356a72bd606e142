import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE } from '../../constants/statuses.ts';
import { get, serveModule } from '../testing/serve-module.ts';

suite('a module of RQ_SEND_RESPONSE', () => {
  test('that fails is answered with 500, and the app’s later output is taken and dropped', async () => {
    const { talk, log } = await serveModule(
      {
        onSendResponse: () => {
          throw new Error('no good');
        },
      },
      (_req, res) => {
        res.write('one');
        setImmediate(() => {
          res.setHeader('X', 'y');
          res.writeHead(200);
          res.write('two');
          res.end('three');
        });
      },
    );
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.doesNotMatch(text, /one|two|three/);
    assert.equal(log.length, 1);
  });

  test('that fails in a later flush breaks the connection', async () => {
    const { port } = await serveModule(
      {
        onSendResponse: (_context, provider) => {
          if (provider.getHeadersBeingSent()) return RQ_NOTIFICATION_CONTINUE;
          throw new Error('no good');
        },
      },
      (_req, res) => {
        res.write('one');
        res.write('two');
      },
    );
    const client = connect(port, '127.0.0.1', () => client.write(get()));
    client.resume();
    const [error] = await once(client, 'error');
    assert.equal((error as { code: string }).code, 'ECONNRESET');
  });
});
