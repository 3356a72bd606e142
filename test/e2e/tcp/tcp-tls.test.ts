import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, suite, test } from 'node:test';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { freePort, makeCertificate } from '@baton/core/testing';
import { type Cluster, fixture, startCluster } from '../../support/index.ts';
import { ask, talk } from './tcp-client.ts';

const LIMIT_MS = 30_000;
const BULK = 'x'.repeat(300_000);

/** What the app saw, and the events of its server before that. */
interface Seen {
  readonly isSocket: boolean;
  readonly isTlsSocket: boolean;
  readonly encrypted: boolean;
  readonly servername: string;
  readonly alpnProtocol?: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localPort: number;
  readonly events: readonly string[];
}

suite('a tls.Server of an app', () => {
  const certificates = { app: makeCertificate(['app.example']), adapter: makeCertificate(['shop.example']) };
  const dir = mkdtempSync(join(tmpdir(), 'baton-tcp-tls-'));
  let cluster: Cluster;
  /** Bindings: tcp://, tls://, and tls:// of an https.Server. */
  let ports: { raw: number; ended: number; https: number };

  before(async () => {
    for (const [name, { cert, key }] of Object.entries(certificates)) {
      writeFileSync(join(dir, `${name}.cert`), cert);
      writeFileSync(join(dir, `${name}.key`), key);
    }
    const [ended, https] = [await freePort(), await freePort()];
    cluster = await startCluster({
      config: (raw) => {
        ports = { raw, ended, https };
        return `apiVersion: baton/v1
pools:
  - name: app
    environmentVariables: { TLS_DIR: ${dir}, TLS_PORTS: "${raw},${ended}", HTTPS_PORT: "${https}" }
apps:
  - name: app
    pool: app
    entry: ${fixture('tls-app.js')}
    bindings: ["tcp://*:${raw}", "tls://shop.example:${ended}", "tls://shop.example:${https}"]
tls: [{ host: shop.example, cert: ${dir}/adapter.cert, key: ${dir}/adapter.key }]
`;
      },
    });
  });
  after(async () => {
    await cluster[Symbol.asyncDispose]();
    rmSync(dir, { recursive: true });
  });

  /** Shakes hands as a client that trusts one certificate alone. */
  const dial = async (port: number, servername: string, ca: string): Promise<TLSSocket> => {
    const options = { port, host: '127.0.0.1', servername, ca, ALPNProtocols: ['echo/1'], allowHalfOpen: true };
    const socket = connect(options as ConnectionOptions);
    socket.setTimeout(LIMIT_MS, () => socket.destroy());
    await once(socket, 'secureConnect');
    return socket;
  };

  /** Sends a lot and its FIN, and checks that all of it comes back behind the line that says what the app saw. */
  const exchange = async (socket: TLSSocket): Promise<Seen> => {
    const { whole } = await talk(socket.remotePort!, BULK, socket);
    socket.end();
    const answer = await whole;
    const at = answer.indexOf('\n');
    assert.equal(answer.slice(at + 1), BULK);
    socket.destroy();
    return JSON.parse(answer.slice(0, at)) as Seen;
  };

  test('on tcp:// ends TLS itself: the handshake of the client is with the app', async () => {
    const socket = await dial(ports.raw, 'app.example', certificates.app.cert);
    assert.deepEqual([socket.authorized, socket.alpnProtocol], [true, 'echo/1']);
    const { localPort } = socket;
    assert.deepEqual(await exchange(socket), {
      ...{ isSocket: true, isTlsSocket: true, encrypted: true, servername: 'app.example', alpnProtocol: 'echo/1' },
      ...{ remoteAddress: '127.0.0.1', remotePort: localPort, localPort: ports.raw, events: ['connection'] },
    });
  });

  test("on tcp:// hears 'tlsClientError' of bytes that are no handshake, and serves the next client", async () => {
    // The alert that the app's TLS sends (RFC 8446, 6), or the end of the connection alone.
    await ask(ports.raw, 'GET / HTTP/1.1\r\n\r\n').catch((error: NodeJS.ErrnoException) => assert.equal(error.code, 'ECONNRESET'));
    const { events } = await exchange(await dial(ports.raw, 'app.example', certificates.app.cert));
    assert.deepEqual(events.slice(-3), ['connection', 'tlsClientError ERR_SSL_HTTP_REQUEST', 'connection']);
  });

  test("on tls:// hears 'secureConnection' alone, with what was in the TLS that the adapter ended", async () => {
    const socket = await dial(ports.ended, 'shop.example', certificates.adapter.cert);
    assert.equal(socket.authorized, true);
    const { localPort } = socket;
    assert.deepEqual(await exchange(socket), {
      ...{ isSocket: true, isTlsSocket: false, encrypted: true, servername: 'shop.example' },
      ...{ remoteAddress: '127.0.0.1', remotePort: localPort, localPort: ports.ended, events: [] },
    });
  });

  test('on tls:// goes on behind a client that does not trust the adapter, and hears nothing of one that makes no handshake', async () => {
    await assert.rejects(dial(ports.ended, 'shop.example', certificates.app.cert), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    const plain = connectTcp({ port: ports.ended, host: '127.0.0.1' });
    plain.on('error', () => {});
    plain.end('GET / HTTP/1.1\r\n\r\n');
    plain.resume();
    await once(plain, 'close');
    assert.deepEqual((await exchange(await dial(ports.ended, 'shop.example', certificates.adapter.cert))).events, []);
  });

  test('that speaks HTTP answers on tls:// as on a port of its own', async () => {
    const options = { port: ports.https, host: '127.0.0.1', servername: 'shop.example', ca: certificates.adapter.cert, agent: false };
    const [response] = await once(get({ ...options, path: '/over-tls' }), 'response');
    assert.equal(await text(response), '/over-tls true');
  });
});
