import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readWithNode } from '../testing/node-reference.ts';
import { readAll } from '../testing/read-all.ts';

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

/**
 * Where the listener is stricter than node:http, by the rule it names. Never the other way round.
 */
const STRICTER: readonly RegExp[] = [
  /^only HTTP\/1\.1 and HTTP\/1\.0 are served$/, // Node takes 0.9 and 2.0 for versions of HTTP/1
  /^invalid request target$/, // several spaces, user information, schemes other than http, "*x"
  /^expected HTTP\/$/, // several spaces after the target, other protocols of llhttp
  /^CONNECT is not served$/,
  /^more than one Host field$/,
  /^invalid Host field$/,
  /^more than one Transfer-Encoding field$/,
  /^Transfer-Encoding in an HTTP\/1\.0 request$/,
  /^a transfer coding other than chunked$/,
  /^a Transfer-Encoding that does not end with one chunked$/, // Node refuses it behind the head
  /^invalid Content-Length$/, // above 2^53-1
  /^the chunk size is too large$/, // above 2^53-1
  /^HTTP\/1\.1 without Host$/, // Node's server refuses it too, behind its parser
  /^invalid chunk extension$/, // a name or value left out
];

const methods = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'OPTIONS', 'PATCH', 'M-SEARCH', 'QUERY');
const targets = fc.oneof(
  fc.constantFrom('/', '*', '/a/b?c=d', '/%20#x', 'http://h/', 'http://h:8/p?q', 'HTTPS://[::1]:8/x', 'http://h'),
  fc.stringMatching(/^\/[!-~]{0,40}$/),
);
const names = fc
  .oneof(fc.constantFrom('Accept', 'X-A', 'cookie', 'Expect', 'x-forwarded-for'), fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/))
  .filter((name) => !/^(host|content-length|transfer-encoding|connection|upgrade|proxy-connection)$/i.test(name));
const values = fc.oneof(fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/), fc.constantFrom('', 'a\tb', 'caf\xe9', '\xff'));
const blanks = fc.constantFrom('', ' ', '\t', '  ');
const field = fc.tuple(names, blanks, values, blanks).map(([name, before, value, after]) => `${name}:${before}${value}${after}\r\n`);
const extension = fc.constantFrom('', '', '', ';a', ';a=b', ';a="b c\\""', ';a=b;c="d";e');
const chunk = fc
  .tuple(fc.stringMatching(/^[ -~]{1,30}$/), extension, fc.constantFrom('', '0', '000'))
  .map(([data, ext, zeros]) => `${zeros}${data.length.toString(16)}${ext}\r\n${data}\r\n`);
const bodies = fc.oneof(
  fc.constant(['', '']),
  fc.stringMatching(/^[ -~]{0,60}$/).map((data) => [`Content-Length: ${data.length}\r\n`, data]),
  fc
    .tuple(fc.array(chunk, { maxLength: 4 }), fc.array(field, { maxLength: 2 }), extension)
    .map(([chunks, trailers, ext]) => ['Transfer-Encoding: chunked\r\n', `${chunks.join('')}0${ext}\r\n${trailers.join('')}\r\n`]),
);
const requests = fc
  .tuple(methods, targets, fc.constantFrom('1.1', '1.1', '1.1', '1.0'), fc.array(field, { maxLength: 5 }), bodies)
  .filter(([, , version, , body]) => !(version === '1.0' && body[0]!.startsWith('Transfer')))
  .map(([method, target, version, fields, body]) => {
    const keep = version === '1.0' ? 'Connection: keep-alive\r\n' : '';
    return `${method} ${target} HTTP/${version}\r\nHost: a.example:80\r\n${keep}${fields.join('')}${body[0]}\r\n${body[1]}`;
  });
const streams = fc.array(requests, { minLength: 1, maxLength: 3 }).map((all) => all.join(''));

const INTERESTING = [
  '\r',
  '\n',
  '\r\n',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '1',
  'a',
  '\0',
  '\x7f',
  '\x80',
  '\xa0',
  '"',
  '\\',
  '/',
  '\r\n ',
  ': ',
  '\n\n',
  'chunked',
  '\x0b',
];
const mutations = fc.array(fc.tuple(fc.nat(), fc.constantFrom('insert', 'replace', 'delete'), fc.constantFrom(...INTERESTING)), {
  minLength: 1,
  maxLength: 3,
});

function mutate(text: string, changes: readonly (readonly [number, string, string])[]): string {
  let result = text;
  for (const [at, kind, bytes] of changes) {
    const index = at % (result.length + 1);
    const skip = kind === 'insert' ? 0 : 1;
    result = result.slice(0, index) + (kind === 'delete' ? '' : bytes) + result.slice(index + skip);
  }
  return result;
}

/** Where the listener takes what node:http refuses, because RFC 9112, 7.1.1 demands it: white space around the signs of a chunk extension. */
const hasBlanksInExtension = (bytes: Buffer): boolean =>
  /^[0-9a-f]+(?:[ \t]+;|;[^\r\n]*[ \t])/im.test(bytes.toString('latin1').replace(/"(?:[^"\\\r\n]|\\.)*"/g, '""'));

/** Our reading must be Node's, or a refusal by a rule of the list above. */
async function compare(bytes: Buffer): Promise<void> {
  if (hasBlanksInExtension(bytes)) return;
  const ours = readAll(bytes);
  const node = await readWithNode(bytes);
  const shown = JSON.stringify(bytes.toString('latin1'));
  for (const [index, request] of ours.requests.entries()) {
    const other = node.requests[index];
    assert.ok(other, `we read a request that Node does not: ${shown}`);
    if (request.isComplete && other.isComplete) assert.deepEqual(request, other, shown);
    // A body that turns out to be refused: how much of it was read before is of no interest.
    else
      assert.deepEqual(
        { ...request, body: '', trailers: [], isComplete: false },
        { ...other, body: '', trailers: [], isComplete: false },
        shown,
      );
  }
  const isOursComplete = ours.requests.at(-1)?.isComplete ?? true;
  if (ours.status !== 0) {
    // Node answers requests that were complete before the refused one only sometimes; we always do.
    const isKnown = node.status !== 0 || STRICTER.some((rule) => rule.test(ours.reason)) || (await refusesAtLineEnd(bytes));
    assert.ok(isKnown, `we refuse with "${ours.reason}" what Node takes: ${shown}`);
  } else if (node.status !== 0 && !ours.isInHead) {
    // (Within a head Node may refuse earlier than we do; we then refuse at its end.)
    const hasClosed = ours.requests.length > 0 && isOursComplete && node.requests.length <= ours.requests.length;
    assert.ok(hasClosed && readsLess(bytes), `Node refuses with ${node.status} what we take: ${shown}`);
  }
}

/** Node has not decided yet: "F" may become FLUSH for llhttp, a method of RTSP, which it refuses when it has read the protocol. We refuse at once. */
const refusesAtLineEnd = async (bytes: Buffer): Promise<boolean> =>
  (await readWithNode(Buffer.concat([bytes, latin1('\r\n\r\n')]))).status !== 0;

/** Bytes behind a request that closes its connection: Node refuses them, we do not read them. */
const readsLess = (bytes: Buffer): boolean =>
  /connection:[^\r\n]*close/i.test(bytes.toString('latin1')) || /HTTP\/1\.0/.test(bytes.toString('latin1'));

describe('the parser beside node:http', () => {
  it('reads valid requests exactly as node:http does', async () => {
    await fc.assert(
      fc.asyncProperty(streams, async (stream) => {
        const bytes = latin1(stream);
        const ours = readAll(bytes);
        assert.equal(ours.status, 0, `${ours.reason}: ${JSON.stringify(stream)}`);
        const node = await readWithNode(bytes);
        assert.deepEqual(ours.requests, node.requests);
      }),
      { numRuns: 300 },
    );
  });

  it('never takes bytes that node:http refuses or reads in another way', async () => {
    await fc.assert(
      fc.asyncProperty(streams, mutations, (stream, changes) => compare(latin1(mutate(stream, changes)))),
      { numRuns: 1500 },
    );
  });

  for (const coding of ['chunked\t', 'chunked \t', 'chunked\t ', 'Chunked\t', 'chunked\xa0', '\xa0chunked'])
    it(`refuses Transfer-Encoding: ${JSON.stringify(coding)}, which node:http does not take for chunked`, async () => {
      const bytes = latin1(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: ${coding}\r\n\r\n3\r\nabc\r\n0\r\n\r\n`);
      assert.equal(readAll(bytes).status, 400);
      assert.equal((await readWithNode(bytes)).status, 400);
    });

  it('knows white space before the semicolon of an extension also where a quotation mark stands in the body before it', async () => {
    await compare(latin1('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n"\r\n0\t;a="b"\r\n\r\n'));
  });

  for (const start of ['F', 'FLUSH', 'FLUSH /a HTTP/1.1', 'DESCRIBE'])
    it(`refuses ${start} behind a request before node:http does, at the end of the line at the latest`, async () => {
      const bytes = latin1(`GET / HTTP/1.1\r\nHost: a\r\n\r\n${start}`);
      assert.equal(readAll(latin1(`${bytes.toString('latin1')}\r\n\r\n`)).reason, 'unknown method');
      await compare(bytes);
    });

  it('understands the same at every split position', () => {
    fc.assert(
      fc.property(streams, mutations, fc.boolean(), (stream, changes, isMutated) => {
        const bytes = latin1(isMutated ? mutate(stream, changes) : stream);
        const whole = readAll(bytes);
        for (let at = 1; at < bytes.length; at++) {
          const parts = readAll(bytes, [at]);
          assert.deepEqual(
            parts.requests.filter(isWhole),
            whole.requests.filter(isWhole),
            `split at ${at} of ${JSON.stringify(bytes.toString('latin1'))}`,
          );
          assert.equal(parts.status, whole.status);
        }
        const single = readAll(bytes, [...bytes.keys()]);
        assert.deepEqual(single.requests.filter(isWhole), whole.requests.filter(isWhole));
        assert.equal(single.status, whole.status);
      }),
      { numRuns: 150 },
    );
  });

  it('neither crashes nor stalls on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.array(fc.nat(300), { maxLength: 5 }), (bytes, splits) => {
        readAll(Buffer.from(bytes), splits);
      }),
      { numRuns: 2000 },
    );
  });
});

const isWhole = (request: { isComplete: boolean }): boolean => request.isComplete;

describe('what node:http leaves open and RFC 9110 and 9112 do not', () => {
  const hosts: readonly (readonly [string, boolean])[] = [
    ['', true],
    ['a.test', true],
    ['a.test:', true],
    ['a.test:8080', true],
    ['a%20b.test', true],
    ['[::1]', true],
    ['[::1]:80', true],
    ['[v1.a:b]', true],
    [':80', true],
    ['a.test:8x', false],
    ['a.test:80:81', false],
    ['[::1', false],
    ['[::1]a', false],
    ['[a.test]', false],
    ['[fe80::1%eth0]', false],
    ['a]b', false],
    ['a[::1]', false],
    ['%zz.test', false],
    ['%2', false],
    ['a%', false],
  ];
  for (const [host, isValid] of hosts)
    it(`${isValid ? 'takes' : 'refuses'} the host ${JSON.stringify(host)}`, () =>
      assert.equal(readAll(latin1(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).status, isValid ? 0 : 400));
  for (const target of ['http://:80/', 'http:///', 'http://a:b/', 'http://[::1/'])
    it(`refuses the target ${target}`, () =>
      assert.equal(readAll(latin1(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`)).reason, 'invalid request target'));

  const extensions: readonly (readonly [string, boolean])[] = [
    [' ; a', true],
    ['\t;\ta', true],
    ['; a = b', true],
    [';a="b" ; c', true],
    [';a=b ;c', true],
    [' ', false],
    [';a ', false],
    [';a=b ', false],
    [';a="b" ', false],
    [' a', false],
    [';a b', false],
    [';a = ', false],
  ];
  for (const [extension, isValid] of extensions)
    it(`${isValid ? 'takes' : 'refuses'} the chunk extension ${JSON.stringify(extension)}`, () => {
      const read = readAll(latin1(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3${extension}\r\nabc\r\n0\r\n\r\n`));
      assert.equal(read.status, isValid ? 0 : 400);
      if (isValid) assert.equal(read.requests[0]?.body, 'abc');
    });
});
