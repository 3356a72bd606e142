import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ResponseHead, ResponseStream } from '@baton/channel';
import fc from 'fast-check';
import { ResponseWire } from './response-wire.ts';

class Recorder {
  readonly heads: ResponseHead[] = [];
  readonly interims: ResponseHead[] = [];
  body = '';
  ended: readonly (readonly string[] | undefined)[] = [];
  readonly head = { method: 'GET' };

  interim(head: ResponseHead): void {
    this.interims.push(head);
  }
  sendHead(head: ResponseHead): void {
    this.heads.push(head);
  }
  write(chunk: Buffer): boolean {
    this.body += chunk.toString('latin1');
    return true;
  }
  end(trailers?: readonly string[]): void {
    this.ended = [...this.ended, trailers];
  }
}

function wire(method = 'GET'): { wire: ResponseWire; seen: Recorder } {
  const seen = new Recorder();
  seen.head.method = method;
  return { wire: new ResponseWire(seen as unknown as ResponseStream), seen };
}

/** Writes raw bytes, cut at the given places. */
function write(target: ResponseWire, text: string, cuts: readonly number[] = []): void {
  const bytes = Buffer.from(text, 'latin1');
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let from = 0;
  for (const place of [...places, bytes.length]) {
    target.write(bytes.subarray(from, place), undefined, null);
    from = place;
  }
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n';

suite('bytes that an app writes on the socket by hand', () => {
  test('a head with a length', () => {
    const { wire: target, seen } = wire();
    write(target, 'HTTP/1.1 201 Made It\r\nX-A: 1\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc');
    assert.equal(target.end(), true);
    assert.deepEqual(seen.heads, [
      { status: 201, reason: 'Made It', headers: 'X-A: 1\r\nContent-Length: 3\r\n', framing: 'length', close: true },
    ]);
    assert.equal(seen.body, 'abc');
    assert.deepEqual(seen.ended, [undefined]);
  });

  test('interim heads before the final one', () => {
    const { wire: target, seen } = wire();
    write(target, 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n');
    assert.deepEqual(
      seen.interims.map(({ status, headers }) => [status, headers]),
      [
        [100, ''],
        [103, 'Link: </a>\r\n'],
      ],
    );
    assert.equal(seen.heads[0]?.framing, 'none');
    assert.equal(target.end(), true);
  });

  test('a body without any length ends with the connection', () => {
    const { wire: target, seen } = wire();
    write(target, 'HTTP/1.0 200 OK\r\n\r\nuntil the end');
    assert.deepEqual({ framing: seen.heads[0]?.framing, close: seen.heads[0]?.close }, { framing: 'close', close: true });
    assert.equal(target.end(), true);
    assert.equal(seen.body, 'until the end');
  });

  test('an HTTP/1.0 head that keeps the connection alive', () => {
    const { wire: target, seen } = wire();
    write(target, 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n');
    assert.equal(seen.heads[0]?.close, false);
    assert.equal(target.end(), true);
  });

  for (const bad of ['nonsense\r\n\r\n', 'HTTP/2 200 OK\r\n\r\n', `${CHUNKED}xyz\r\n`]) {
    test(`${JSON.stringify(bad.slice(-12))} is refused`, () => {
      assert.throws(() => write(wire().wire, bad), /expected a/);
    });
  }

  test('an end before the promised bytes is noticed', () => {
    for (const text of [
      '',
      'HTTP/1.1 200',
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc',
      `${CHUNKED}5\r\nabc`,
      `${CHUNKED}3\r\nabc\r\n`,
    ]) {
      const { wire: target, seen } = wire();
      write(target, text);
      assert.equal(target.end(), false, text);
      assert.deepEqual(seen.ended, []);
    }
  });
});

test('chunks are undone wherever the writes are cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 1, maxLength: 40 }).map((text) => text.replaceAll(/[^ -~]/g, '\r\n'))),
      fc.array(fc.nat()),
      fc.boolean(),
      (pieces, cuts, hasTrailers) => {
        const { wire: target, seen } = wire();
        const chunks = pieces.map((piece) => `${piece.length.toString(16)}\r\n${piece}\r\n`).join('');
        write(target, `${CHUNKED}${chunks}0\r\n${hasTrailers ? 'X-Sum: 1\r\nX-More: two words\r\n' : ''}\r\n`, cuts);
        assert.equal(target.end(), true);
        assert.deepEqual(seen.heads, [{ status: 200, reason: 'OK', headers: 'X-A: 1\r\n', framing: 'chunked', close: false }]);
        assert.equal(seen.body, pieces.join(''));
        assert.deepEqual(seen.ended, [hasTrailers ? ['X-Sum', '1', 'X-More', 'two words'] : undefined]);
      },
    ),
  );
});

test('a response to HEAD has no body whatever its head says', () => {
  const { wire: target, seen } = wire('HEAD');
  write(target, 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n');
  assert.equal(target.end(), true);
  assert.equal(seen.heads[0]?.framing, 'none');
  assert.match(seen.heads[0]?.headers ?? '', /Content-Length: 500/);
});
