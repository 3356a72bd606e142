import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startAdapter } from '../testing/harness.ts';

describe('an adapter that drains', () => {
  it('answers what is in flight with Connection: close, ends idle connections and takes no new ones', async () => {
    await using h = await startAdapter();
    const idle = await h.client();
    idle.get();
    (await h.worker.request(1)).answer();
    await idle.until(/ok$/);
    const busy = await h.client();
    busy.get();
    const stream = await h.worker.request(2);
    let isDrained = false;
    const drained = h.adapter.drain().then(() => {
      isDrained = true;
    });
    await idle.ended();
    await assert.rejects(h.client(), { code: 'ECONNREFUSED' });
    assert.equal(isDrained, false);
    stream.answer('last');
    assert.match(await busy.ended(), /Connection: close\r\n[\s\S]*last$/);
    idle.socket.end();
    busy.socket.end();
    await drained;
  });

  it('still answers a request that crosses with the end of an idle connection', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get();
    (await h.worker.request(1)).answer();
    await client.until(/ok$/);
    const drained = h.adapter.drain();
    client.take();
    client.get('/late');
    (await h.worker.request(2)).answer('late');
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*late$/);
    client.socket.end();
    await drained;
  });

  it('answers every pipelined request that was read, and closes with the last', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.get('/1').get('/2');
    const [first, second] = [await h.worker.request(1), await h.worker.request(2)];
    const drained = h.adapter.drain();
    first.answer('one');
    second.answer('two');
    assert.match(await client.ended(), /keep-alive[\s\S]*one[\s\S]*Connection: close[\s\S]*two$/);
    client.socket.end();
    await drained;
  });

  it('answers a request that arrives on a kept connection in the middle of a drain, and then closes', async () => {
    await using h = await startAdapter();
    const client = await h.client();
    client.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHo');
    (await h.worker.request(1)).answer('before');
    await client.until(/before$/);
    const drained = h.adapter.drain();
    client.send('st: a\r\n\r\n');
    (await h.worker.request(2)).answer('answered');
    assert.match(await client.ended(), /Connection: close\r\n[\s\S]*answered$/);
    client.socket.end();
    await drained;
  });
});
