import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer, request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, suite, test } from 'node:test';
import express from 'express';
import { RQ_NOTIFICATION_CONTINUE } from '../constants/statuses.ts';
import { get, serveModule, talk } from '../context/testing/serve-module.ts';
import type { HttpModule } from '../pipeline/module.ts';
import { staticFiles } from './static-files.ts';

const root = mkdtempSync(join(tmpdir(), 'static-'));
const TEXT = 'abcdefghijklmnopqrstuvwxyz';
const WHEN = new Date('2026-01-02T03:04:05Z');
mkdirSync(join(root, 'docs'));
writeFileSync(join(root, 'a b.txt'), TEXT);
writeFileSync(join(root, 'alphabet.txt'), TEXT);
writeFileSync(join(root, 'empty.txt'), '');
writeFileSync(join(root, 'page.html'), '<p>page</p>');
writeFileSync(join(root, 'docs', 'index.html'), '<p>docs</p>');
writeFileSync(join(root, '.secret'), 'secret');
writeFileSync(join(root, 'big.bin'), Buffer.alloc(3_000_000, 'x'));
utimesSync(join(root, 'alphabet.txt'), WHEN, WHEN);
const TAG = `W/"${TEXT.length.toString(16)}-${statSync(join(root, 'alphabet.txt')).mtime.getTime().toString(16)}"`;
const DATE = WHEN.toUTCString();
const BEFORE = new Date(WHEN.getTime() - 1000).toUTCString();
const LATER = new Date(WHEN.getTime() + 1000).toUTCString();
after(() => rmSync(root, { recursive: true }));

interface Expected {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string | null>>;
}

const FULL: Expected = {
  status: 200,
  body: TEXT,
  headers: { etag: TAG, 'last-modified': DATE, 'content-length': '26', 'accept-ranges': 'bytes' },
};
const PART = (from: number, to: number): Expected => ({
  status: 206,
  body: TEXT.slice(from, to + 1),
  headers: { 'content-range': `bytes ${from}-${to}/26`, 'content-length': String(to - from + 1) },
});
const UNCHANGED: Expected = { status: 304, body: '', headers: { etag: TAG, 'content-length': null } };
const REFUSED: Expected = { status: 412 };
const OUT_OF_RANGE: Expected = { status: 416, headers: { 'content-range': 'bytes */26' } };

/** RFC 9110, 13.2.2 (order of conditions) and 14 (ranges). */
const MATRIX: readonly [title: string, headers: Readonly<Record<string, string>>, expected: Expected][] = [
  ['nothing', {}, FULL],
  ['If-None-Match of this version', { 'If-None-Match': TAG }, UNCHANGED],
  ['If-None-Match of another', { 'If-None-Match': '"x"' }, FULL],
  ['If-None-Match of several', { 'If-None-Match': `"x", ${TAG}` }, UNCHANGED],
  ['If-None-Match of any', { 'If-None-Match': '*' }, UNCHANGED],
  ['If-Modified-Since its date', { 'If-Modified-Since': DATE }, UNCHANGED],
  ['If-Modified-Since later', { 'If-Modified-Since': LATER }, UNCHANGED],
  ['If-Modified-Since before', { 'If-Modified-Since': BEFORE }, FULL],
  ['If-None-Match of another, which hides If-Modified-Since', { 'If-None-Match': '"x"', 'If-Modified-Since': LATER }, FULL],
  ['If-None-Match of this version, before an old date', { 'If-None-Match': TAG, 'If-Modified-Since': BEFORE }, UNCHANGED],
  ['If-Match of another', { 'If-Match': '"x"' }, REFUSED],
  ['If-Match of any', { 'If-Match': '*' }, FULL],
  ['If-Unmodified-Since before', { 'If-Unmodified-Since': BEFORE }, REFUSED],
  ['If-Unmodified-Since later', { 'If-Unmodified-Since': LATER }, FULL],
  ['a range', { Range: 'bytes=2-5' }, PART(2, 5)],
  ['a range to the end', { Range: 'bytes=20-' }, PART(20, 25)],
  ['a range of the last bytes', { Range: 'bytes=-3' }, PART(23, 25)],
  ['a range beyond the end', { Range: 'bytes=20-99' }, PART(20, 25)],
  ['a range of one byte', { Range: 'bytes=0-0' }, PART(0, 0)],
  ['a range outside', { Range: 'bytes=26-' }, OUT_OF_RANGE],
  ['a range of another unit', { Range: 'pages=1-2' }, FULL],
  ['a range that is none', { Range: 'bytes=x' }, OUT_OF_RANGE],
  ['several ranges', { Range: 'bytes=0-1,4-5' }, FULL],
  ['a range If-Range its date', { Range: 'bytes=2-5', 'If-Range': DATE }, PART(2, 5)],
  ['a range If-Range before', { Range: 'bytes=2-5', 'If-Range': BEFORE }, FULL],
  ['a range If-Range another version', { Range: 'bytes=2-5', 'If-Range': '"x"' }, FULL],
  ['a range of an unchanged file', { Range: 'bytes=2-5', 'If-None-Match': TAG }, UNCHANGED],
];

/** How files are served: each way answers in the same way. */
const files = staticFiles({ root });
const letThrough: HttpModule = { onSendResponse: async () => RQ_NOTIFICATION_CONTINUE };
const express5 = express();
express5.use(files);
express5.use((_req, res) => void res.end('app'));
const bare = await listen(files);
const WAYS = {
  'as a listener': bare,
  'as a module': (await serveModule(moduleOf(files), (_req, res) => void res.end('app'))).url,
  'as the app behind an asynchronous module': (await serveModule(letThrough, files)).url,
  'as a middleware of Express': await listen(express5 as never),
};

/** The handlers that a module registers. */
function moduleOf(files: ReturnType<typeof staticFiles>): HttpModule {
  let module: HttpModule = {};
  files.registerModule(1, {
    setRequestNotifications: (factory) => {
      module = factory.getHttpModule() as unknown as HttpModule;
    },
  });
  return { onExecuteRequestHandler: (context, provider) => module.onExecuteRequestHandler!(context, provider) };
}

async function listen(listener: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(listener as never);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** By http and not by fetch, which would ask for no cached answer as soon as there is a condition. */
async function check(url: string, { method, headers: sent }: RequestOptions, { status, body, headers = {} }: Expected): Promise<void> {
  const request = httpRequest(url, { method, headers: sent, agent: false } as RequestOptions).end();
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const content = await text(answer);
  assert.equal(answer.statusCode, status);
  if (method === 'HEAD') assert.equal(content, '');
  else if (body !== undefined) assert.equal(content, body);
  for (const [name, value] of Object.entries(headers)) assert.equal(answer.headers[name] ?? null, value, name);
}

for (const [way, url] of Object.entries(WAYS))
  suite(`${way}, a file answers`, () => {
    for (const [title, headers, expected] of MATRIX)
      for (const method of ['GET', 'HEAD'])
        test(`${method} with ${title}`, async () => {
          await check(`${url}/alphabet.txt`, { method, headers }, expected);
        });
  });

test('names are decoded, empty files are empty, large ones are whole', async () => {
  for (const url of Object.values(WAYS)) {
    assert.equal(await (await fetch(`${url}/a%20b.txt?x=1`)).text(), TEXT);
    const empty = await fetch(`${url}/empty.txt`);
    assert.deepEqual([empty.status, empty.headers.get('content-length'), await empty.text()], [200, '0', '']);
    assert.equal((await (await fetch(`${url}/big.bin`)).arrayBuffer()).byteLength, 3_000_000);
  }
});

test('a folder is its index, and is asked for with a slash', async () => {
  const folder = await fetch(`${bare}/docs`, { redirect: 'manual' });
  assert.deepEqual([folder.status, folder.headers.get('location')], [301, '/docs/']);
  const index = await fetch(`${bare}/docs/`);
  assert.deepEqual([await index.text(), index.headers.get('content-type')], ['<p>docs</p>', 'text/html; charset=utf-8']);
});

test('what is no file goes to the app, or is 404', async () => {
  for (const path of ['/none.txt', '/.secret', '/docs/none', '/..%2fetc%2fpasswd', '/%2e%2e/etc/passwd', '/%00', '/%zz']) {
    assert.equal((await fetch(bare + path)).status, 404, path);
    assert.equal(await (await fetch(WAYS['as a module'] + path)).text(), 'app', path);
  }
  assert.equal(await (await fetch(`${WAYS['as a module']}/alphabet.txt`, { method: 'POST', body: 'x' })).text(), 'app');
  assert.equal((await fetch(`${bare}/alphabet.txt`, { method: 'POST', body: 'x' })).status, 404);
});

test('no path leaves the folder, also one that a client does not normalise', async () => {
  const port = Number(new URL(bare).port);
  for (const path of ['/../../../../etc/passwd', '/docs/../../etc/passwd', '//etc/passwd', '/docs/..%5c..%5c.secret'])
    assert.doesNotMatch(await talk(port, get(path)), /root:|secret$/, path);
});

test('a client that leaves while the file is looked for holds neither the request nor the file', async () => {
  const opened: string[] = [];
  const { pipeline, port, log } = await serveModule({
    onBeginRequest: async (context) => {
      const left = once(context.getRequest().getRawHttpRequest().socket, 'close');
      client.destroy();
      await left;
      return RQ_NOTIFICATION_CONTINUE;
    },
    onExecuteRequestHandler: async (context, provider) => {
      const status = await moduleOf(files).onExecuteRequestHandler!(context, provider);
      opened.push('answered');
      return status;
    },
  });
  const client = connect(port, '127.0.0.1', () => client.write(get('/big.bin')));
  while (opened.length === 0 || pipeline.current.size > 0) await new Promise(setImmediate);
  assert.deepEqual(log, []);
  for (;;) {
    const held = readdirSync('/proc/self/fd').filter((fd) => linkOf(`/proc/self/fd/${fd}`).endsWith('/big.bin'));
    if (held.length === 0) break;
    await new Promise(setImmediate);
  }
});

/** '' = closed since. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

test('a prefix, an ending, no index, dotfiles and a cache time are as asked for', async () => {
  const url = await listen(
    staticFiles({ root, prefix: '/assets/', extensions: ['html'], index: false, dotfiles: true, maxAgeMs: 60_000, immutable: true }),
  );
  const page = await fetch(`${url}/assets/page`);
  assert.deepEqual([await page.text(), page.headers.get('cache-control')], ['<p>page</p>', 'public, max-age=60, immutable']);
  assert.equal((await fetch(`${url}/page`)).status, 404);
  assert.equal((await fetch(`${url}/assetspage`)).status, 404);
  assert.equal((await fetch(`${url}/assets/docs/`)).status, 404);
  assert.equal(await (await fetch(`${url}/assets/.secret`)).text(), 'secret');
  assert.equal((await fetch(`${url}/assets/docs`, { redirect: 'manual' })).headers.get('location'), '/assets/docs/');
});

test('a file that cannot be read is 500', async () => {
  // Root may read anything; a link to itself may not be followed by anybody.
  symlinkSync(join(root, 'loop'), join(root, 'loop'));
  try {
    assert.equal((await fetch(`${bare}/loop`)).status, 500);
  } finally {
    unlinkSync(join(root, 'loop'));
  }
});

test('options that make no sense are refused with what was expected', () => {
  assert.throws(() => staticFiles({ root: 'public' }), { code: 'ERROR_INVALID_PARAMETER', message: /absolute path/ });
  assert.throws(() => staticFiles({ root, prefix: 'assets' }), { code: 'ERROR_INVALID_PARAMETER' });
  assert.throws(() => staticFiles({ root, maxAgeMs: -1 }), { code: 'ERROR_INVALID_PARAMETER' });
});
