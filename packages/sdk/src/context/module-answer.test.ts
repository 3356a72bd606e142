import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { suite, test } from 'node:test';
import { RQ_NOTIFICATION_CONTINUE, RQ_NOTIFICATION_FINISH_REQUEST } from '../constants/statuses.ts';
import { answer, file } from './testing/answer.ts';
import { bodyOf, fieldOf } from './testing/answer-text.ts';

import { codeOf } from './testing/code-of.ts';
import { get, serveModule } from './testing/serve-module.ts';

suite('what a module answers in place of the app', () => {
  test('goes out behind END_REQUEST with its length', async () => {
    const seen: string[] = [];
    const { talk } = await serveModule({
      onBeginRequest(context) {
        context.getResponse().setStatus(403, 'Forbidden');
        context.getResponse().writeEntityChunks(['no ', Buffer.from('entry')]);
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
      onEndRequest(context) {
        seen.push(`sent: ${context.getResponseHeadersSent()}`);
        context.getResponse().setHeader('X-Late', 'yes');
        return RQ_NOTIFICATION_CONTINUE;
      },
    });
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 403 Forbidden\r\n/);
    assert.equal(fieldOf(text, 'content-length'), '8');
    assert.equal(fieldOf(text, 'x-late'), 'yes');
    assert.equal(bodyOf(text), 'no entry');
    assert.deepEqual(seen, ['sent: false']);
  });

  test('is an empty 200 when it says nothing', async () => {
    const text = await answer(() => {});
    assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
    assert.equal(fieldOf(text, 'content-length'), '0');
  });

  test('has no entity for HEAD, and the length it would have', async () => {
    const text = await answer((response) => response.writeEntityChunks('hello'), get().replace('GET', 'HEAD'));
    assert.equal(fieldOf(text, 'content-length'), '5');
    assert.equal(bodyOf(text), '');
  });

  test('has neither entity nor length for 204', async () => {
    const text = await answer((response) => {
      response.writeEntityChunks('hello');
      response.setStatus(204, 'No Content');
    });
    assert.equal(fieldOf(text, 'content-length'), undefined);
    assert.equal(bodyOf(text), '');
  });

  test('may be of memory, files and streams, in the order written, with a length where each is known', async () => {
    const handle = await open(file);
    const text = await answer((response) => {
      response.writeEntityChunks([
        'a',
        { type: 'file', file, offset: 5, length: 7 },
        { type: 'file', file: handle, offset: 199_998 },
        { type: 'stream', stream: Readable.from(['xy', 'z']), length: 3 },
      ]);
      response.writeEntityChunkByReference('first ', 0);
      response.writeEntityChunkByReference(' last', -1);
    });
    assert.equal((await handle.read(Buffer.alloc(1), 0, 1, 0)).bytesRead, 1, 'the handle is still the caller’s');
    await handle.close();
    assert.equal(bodyOf(text), 'first a567890189xyz last');
    assert.equal(fieldOf(text, 'content-length'), String('first a567890189xyz last'.length));
  });

  test('is chunked when the length of a stream is not known', async () => {
    const text = await answer((response) => response.writeEntityChunks({ type: 'stream', stream: Readable.from(['one', 'two']) }));
    assert.equal(fieldOf(text, 'transfer-encoding'), 'chunked');
    assert.equal(bodyOf(text), '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
  });

  test('is a large file, whole', async () => {
    const text = await answer((response) => response.writeEntityChunks({ type: 'file', file }));
    assert.equal(bodyOf(text), '0123456789'.repeat(20_000));
  });

  test('is 500 when its file is not there', async () => {
    const { talk, log } = await serveModule({
      onBeginRequest(context) {
        context.getResponse().writeEntityChunks({ type: 'file', file: `${file}.none` });
        return RQ_NOTIFICATION_FINISH_REQUEST;
      },
    });
    const text = await talk(get());
    assert.match(text, /^HTTP\/1\.1 500 /);
    assert.equal(log.length, 1);
    assert.match(String(log[0]?.fields?.error ?? log[0]?.message), /ENOENT|could not be sent/);
  });

  test('goes out at a flush, and ends with one without more data', async () => {
    const sent: number[] = [];
    const text = await answer(async (response) => {
      response.writeEntityChunks('one');
      sent.push(await response.flush());
      response.writeEntityChunks('two');
      sent.push(await response.flush(false));
      assert.equal(
        codeOf(() => response.setStatus(404, 'Not Found')),
        'ERROR_INVALID_STATE',
      );
      assert.equal(
        codeOf(() => response.setHeader('x', 'y')),
        'ERROR_INVALID_STATE',
      );
      assert.equal(
        codeOf(() => response.deleteHeader('x')),
        'ERROR_INVALID_STATE',
      );
      assert.equal(
        codeOf(() => response.writeEntityChunks('three')),
        'ERROR_INVALID_STATE',
      );
      response.redirect('/elsewhere');
    });
    assert.deepEqual(sent, [3, 3]);
    assert.match(text, /^HTTP\/1\.1 200 OK/);
    assert.equal(bodyOf(text), '3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
    assert.equal(fieldOf(text, 'location'), undefined);
  });

  test('goes out with each write once buffering is off', async () => {
    const sent: unknown[] = [];
    const text = await answer(async (response) => {
      sent.push(response.writeEntityChunks('held'));
      response.disableBuffering();
      sent.push(await response.writeEntityChunks('now'));
      sent.push(response.getHeadersSent());
    });
    assert.deepEqual(sent, [0, 7, true]);
    assert.equal(bodyOf(text), '4\r\nheld\r\n3\r\nnow\r\n0\r\n\r\n');
  });

  test('is not held beyond 4 MiB', async () => {
    const text = await answer(async (response) => {
      assert.equal(response.writeEntityChunks(Buffer.alloc(4 * 1024 * 1024, 'x')), 0);
      assert.equal(await response.writeEntityChunks('x'), 4 * 1024 * 1024 + 1);
    });
    assert.equal(fieldOf(text, 'transfer-encoding'), 'chunked');
  });

  test('without headers is the whole message, and ends the connection', async () => {
    const text = await answer(
      (response) => {
        response.suppressHeaders();
        assert.equal(response.getHeadersSuppressed(), true);
        response.writeEntityChunks('HTTP/1.1 299 Mine\r\nX: y\r\n\r\nbody');
      },
      get().replace('close', 'keep-alive'),
    );
    assert.equal(text, 'HTTP/1.1 299 Mine\r\nX: y\r\n\r\nbody');
  });

  test('copies what it is given, and not what is given by reference', async () => {
    const text = await answer((response) => {
      const copied = Buffer.from('copied ');
      const referred = Buffer.from('before');
      response.writeEntityChunks(copied);
      response.writeEntityChunkByReference(referred);
      copied.fill('-');
      referred.write('after ');
    });
    assert.equal(bodyOf(text), 'copied after ');
  });

  test('may close the connection behind itself', async () => {
    const text = await answer(
      (response) => {
        response.setNeedDisconnect();
        assert.equal(response.getNeedDisconnect(), true);
      },
      get().replace('Connection: close\r\n', ''),
    );
    assert.equal(fieldOf(text, 'connection'), 'close');
  });

  test('may be a broken connection', async () => {
    for (const act of ['resetConnection', 'closeConnection'] as const)
      await assert.rejects(
        answer((response) => {
          response.writeEntityChunks('never');
          response[act]();
        }),
        /ECONNRESET/,
      );
  });
});
