import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { comes, OK, startTcp } from '../testing/tcp-harness.ts';

describe('a TCP port', () => {
  it('resets what is beyond maxConnections, and takes the next when one has ended', async () => {
    await using h = await startTcp({ limits: { maxConnections: 1 } });
    const first = await h.client();
    const second = await h.client();
    assert.equal(await second.closed(), 'ECONNRESET');
    assert.equal(h.listener.refusals.get('TOO_MANY_CONNECTIONS'), 1);
    first.socket.resetAndDestroy();
    await comes(() => h.listener.ports.connectionCount === 0, 'the first to be gone');
    await h.client();
    await h.worker.request(2);
  });

  it('resets connections of an application whose requests are blocked', async () => {
    await using h = await startTcp({ application: { isBlocked: true } });
    const client = await h.client();
    assert.equal(await client.closed(), 'ECONNRESET');
    assert.equal(h.worker.streams.length, 0);
  });

  it('ends a connection over which nothing went for idleTimeout, and no other', async () => {
    await using h = await startTcp({ limits: { idleTimeoutMs: 400 } });
    const idle = await h.client();
    const busy = await h.client();
    const stream = await h.worker.request(2);
    stream.sendHead(...OK);
    const talk = setInterval(() => busy.send('.'), 50);
    await idle.ended();
    clearInterval(talk);
    assert.deepEqual([busy.isEnded, h.worker.streams[0]!.resetCause, stream.resetCause], [false, 'CLIENT_CLOSED', undefined]);
  });

  it('keeps a connection through a change of bindings that it still matches, and ends it politely when it does not', async () => {
    await using h = await startTcp({ application: { bindings: ['tcp://*:0', 'tcp://[::1]:0'] } });
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(...OK);
    await h.change({ bindings: ['tcp://*:0'] });
    client.send('still');
    await comes(() => stream.body === 'still', 'bytes behind the change');
    assert.equal(stream.isEnded, false);
    await h.change({ bindings: [] });
    await comes(() => stream.isEnded, 'the app to hear the end');
    stream.sendData('the rest').sendEnd();
    await client.ended();
    assert.equal(client.received, 'the rest');
    client.socket.end();
    assert.equal(await client.closed(), '');
    assert.equal(await (await h.client()).closed(), 'ECONNREFUSED');
  });

  it('that is drained does not wait for an app that does not end its half', async () => {
    await using h = await startTcp();
    const client = await h.client();
    const stream = await h.worker.request();
    stream.sendHead(200, [], 'close').sendData('last words');
    client.socket.end();
    await comes(() => stream.isEnded, 'the FIN of the client');
    await h.listener.drain();
    assert.deepEqual([await client.closed(), client.received, stream.resetCause], ['', 'last words', 'CLIENT_CLOSED']);
  });

  it('that is drained ends quiet connections politely, lets busy ones go on, and takes no new one', async () => {
    await using h = await startTcp();
    const quiet = await h.client();
    const quietStream = await h.worker.request();
    quietStream.sendHead(...OK);
    const busy = await h.client();
    const stream = await h.worker.request(2);
    stream.sendHead(...OK);
    const talk = setInterval(() => busy.send('.'), 50);
    const drained = h.listener.drain();
    await comes(() => quietStream.isEnded, 'the quiet one to be ended');
    quietStream.sendEnd();
    await quiet.ended();
    quiet.socket.end();
    assert.equal(await quiet.closed(), '');
    assert.equal(stream.isEnded, false);
    clearInterval(talk);
    busy.socket.end();
    await comes(() => stream.isEnded, 'the FIN of the busy one');
    stream.sendEnd();
    await drained;
    assert.equal(await busy.closed(), '');
  });
});
